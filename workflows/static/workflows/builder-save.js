// Saving as one goes: each field with what it held when it was loaded; kept on the device until the
// server has it, so that neither a lost connection nor a closed page loses a word.
"use strict";
{
const builder = window.declicBuilder;
const { words } = builder;
const keep = `declic-draft:${document.querySelector("[data-reader]").dataset.reader}:${location.pathname}:`;
const WAIT = 600; // after the last key
const WEEK = 7 * 24 * 3600 * 1000;
const parts = new Map(); // by the form's part: what is dirty, what is on its way
let token = document.querySelector("#act [name=csrfmiddlewaretoken]").value;
let since = null; // the connection is lost since then
let pause = 2;
let retry = 0;
let saidSaved = false;

const store = {
  get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* full or forbidden: the page still has it */ } },
  remove: (key) => { try { localStorage.removeItem(key); } catch { /* as above */ } },
  keys: () => { try { return Object.keys(localStorage).filter((one) => one.startsWith(keep)); } catch { return []; } },
};

// --- Fields: found by their part and name. ---
const formOf = (part) => document.querySelector(`form[data-part="${CSS.escape(part)}"]`);
const fieldOf = (part, name) => document.getElementById(`${part}-${name}`);
const baseOf = (part, name) => formOf(part)?.elements[`base-${name}`];
const shownOf = (part, name) => formOf(part)?.elements[`shown-${name}`];
const unitOf = (part, name) => formOf(part)?.elements[`unit-${name}`];
// What the draft holds, and the words that stand for it in the field.
const hold = (part, name, base, shown) => {
  baseOf(part, name).value = base;
  if (shownOf(part, name)) shownOf(part, name).value = shown ?? base;
};
const valueOf = (part, name) => {
  const field = fieldOf(part, name);
  return field.type === "checkbox" ? String(field.checked) : field.value;
};
const put = (part, name, value, unit) => {
  const field = fieldOf(part, name);
  if (field.type === "checkbox") field.checked = value === "true" || value === "on";
  else field.value = value;
  if (unit && unitOf(part, name)) unitOf(part, name).value = unit;
  if (field.matches(".write textarea")) builder.paint(field.closest("form"));
};
const state = (part) => {
  if (!parts.has(part)) parts.set(part, { dirty: new Set(), timer: 0, sending: null, stopped: false });
  return parts.get(part);
};
const forget = (part, name) => store.remove(`${keep}${part}:${name}`);
const isDirty = (part, name) => state(part).dirty.has(name);

const mark = (part, name) => {
  state(part).dirty.add(name);
  const copy = { value: valueOf(part, name), unit: unitOf(part, name)?.value, base: baseOf(part, name).value, shown: shownOf(part, name)?.value, at: Date.now() };
  store.set(`${keep}${part}:${name}`, JSON.stringify(copy));
};
const schedule = (part, wait = WAIT) => {
  clearTimeout(state(part).timer);
  state(part).timer = setTimeout(() => send(part), wait);
};

// --- Sending: one request at a time for each part. ---
const send = async (part) => {
  const now = state(part);
  clearTimeout(now.timer);
  if (now.sending) await now.sending;
  if (!now.dirty.size || now.stopped || !formOf(part)) return;
  now.sending = post(part, [...now.dirty]);
  now.dirty.clear();
  try {
    await now.sending;
  } finally {
    now.sending = null; // whatever happened, the next save is not held up
  }
};

const post = async (part, names) => {
  const sent = {};
  const data = new FormData();
  data.set("csrfmiddlewaretoken", token);
  for (const name of names) {
    sent[name] = valueOf(part, name);
    data.set(`base-${name}`, baseOf(part, name).value);
    if (fieldOf(part, name).type !== "checkbox" || fieldOf(part, name).checked) data.set(`f-${name}`, fieldOf(part, name).value);
    if (shownOf(part, name)) data.set(`shown-${name}`, shownOf(part, name).value);
    if (unitOf(part, name)) data.set(`unit-${name}`, unitOf(part, name).value);
  }
  const busy = setTimeout(() => showSaved(words.saving), 300);
  let answer = null;
  try {
    answer = await fetch(formOf(part).action, { method: "POST", body: data, headers: { "X-Declic-Script": "1" }, redirect: "manual", keepalive: document.visibilityState === "hidden" });
  } catch { /* no connection */ }
  clearTimeout(busy);
  const content = answer && [200, 409, 410, 422].includes(answer.status) ? await answer.json().catch(() => null) : null;
  if (content) received(part, names, sent, answer.status, content);
  else await failed(part, names, answer);
};

const failed = async (part, names, answer) => {
  names.forEach((name) => state(part).dirty.add(name));
  showSaved(words.waiting);
  if (answer?.status === 404) return showNote(words.not_yours); // tried again when something is typed
  if (answer?.status === 403) await renewToken();
  if (!answer) since ??= new Date();
  showNote(answer ? (answer.type === "opaqueredirect" ? words.signed_out : words.server_error) : words.offline.replace("%time", clock(since)));
  clearTimeout(retry);
  retry = setTimeout(sendAll, pause * 1000);
  pause = Math.min(pause * 2, 30);
};

const renewToken = async () => {
  const page = await builder.fetchPage(location.pathname);
  const fresh = page?.querySelector("#act [name=csrfmiddlewaretoken]");
  if (fresh) token = fresh.value;
  document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((one) => { one.value = token; });
};

const sendAll = () => Promise.all([...parts.keys()].map(send));
builder.flush = async () => {
  await sendAll();
  return ![...parts.entries()].some(([part, one]) => one.dirty.size && formOf(part) && !one.stopped);
};

// --- What came back. ---
const received = (part, names, sent, status, content) => {
  since = null;
  pause = 2;
  document.getElementById("offline").hidden = true;
  if (status === 422) return showErrors(part, names, content.errors);
  if (status === 410) {
    builder.show(content);
    return gone(part, content.gone);
  }
  const card = content.conflict ? showConflict(part, content.conflict) : null;
  const disputed = new Set([...(card?.querySelectorAll("[data-field]") ?? [])].map((one) => one.dataset.field));
  for (const [name, held] of Object.entries(content.stored)) {
    if (!fieldOf(part, name) || disputed.has(name)) continue;
    const mine = names.includes(name);
    if (isDirty(part, name)) { // typed on meanwhile: what was saved is what the next save starts from
      if (mine) hold(part, name, held.base, held.shown);
      if (mine) mark(part, name);
      continue;
    }
    if (mine && valueOf(part, name) === sent[name]) forget(part, name);
    const isBusy = document.activeElement === fieldOf(part, name) || document.activeElement === unitOf(part, name);
    if (isBusy && !mine) continue; // left with its old base: a save will say what differs
    hold(part, name, held.base, held.shown);
    if (!isBusy && fieldOf(part, name).type !== "checkbox" && fieldOf(part, name).value !== held.shown) put(part, name, held.shown, held.unit);
    if (!mine && fieldOf(part, name).type === "checkbox") put(part, name, held.base);
  }
  builder.show(content);
  if (part === "details") clearErrors(part, names);
  if (part.startsWith("v")) builder.offer(content.offer);
  if (!saidSaved) builder.say(words.saved_first);
  saidSaved = true;
  document.dispatchEvent(new CustomEvent("declic:draft-changed", { detail: { part } }));
};

const showErrors = (part, names, errors) => {
  for (const name of names) {
    const place = document.getElementById(`${part}-${name}-flags`);
    if (!place) continue;
    const text = errors[name] ?? (names.length === 1 ? Object.values(errors)[0] : "");
    place.replaceChildren(...(text ? [Object.assign(document.createElement("p"), { className: "invalid", textContent: text })] : []));
    invalid(fieldOf(part, name), Boolean(text));
  }
  showSaved(words.waiting);
  const others = names.filter((name) => !errors[name]);
  if (others.length === names.length) return;
  others.forEach((name) => state(part).dirty.add(name)); // refused only with the rest
  if (others.length) schedule(part, 0);
};
const clearErrors = (part, names) => names.forEach((name) => {
  document.getElementById(`${part}-${name}-flags`)?.replaceChildren();
  invalid(fieldOf(part, name), false);
});
const invalid = (field, is) => {
  if (!field) return;
  field.classList.toggle("is-invalid", is);
  if (is) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
};
builder.invalid = invalid;

const clock = (time) => time.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: words.zone });
const showSaved = (text) => { document.getElementById("saved").textContent = text; };
const showNote = (text) => {
  const note = document.getElementById("offline");
  note.hidden = false;
  note.querySelector("p").textContent = text;
};

// --- Somebody else saved the same, or removed it. ---
const placeFor = (part) => {
  const form = formOf(part);
  return form.closest("#wire > li")?.querySelector(":scope > section") ?? form.closest(".card");
};
const showConflict = (part, html) => {
  document.querySelector(`[data-conflict="${CSS.escape(part)}"]`)?.remove();
  const place = document.createElement("div");
  place.dataset.conflict = part;
  place.innerHTML = html; // our own fragment, escaped by the server
  // The answer to what was on its way while one chose asks again about what is settled by now.
  for (const row of place.querySelectorAll("[data-field]")) {
    if (baseOf(part, row.dataset.field)?.value === row.querySelector("[data-take]").dataset.base) row.remove();
  }
  if (!place.querySelector("[data-field]")) return null;
  placeFor(part).before(place);
  builder.say(place.querySelector("h3").textContent);
  return place;
};
builder.isCompared = (anchor) => [...document.querySelectorAll("[data-conflict] [data-field]")]
  .some((row) => `${row.closest("[data-conflict]").dataset.conflict}-${row.dataset.field}` === anchor);
const settled = (row) => {
  const place = row.closest("[data-conflict]");
  row.remove();
  if (!place.querySelector("[data-field]")) place.remove();
};
const partOf = (row) => row.closest("[data-conflict]").dataset.conflict || row.querySelector("form").action.match(/(?:steps|variables)\/(\d+)$/)?.[1];

document.addEventListener("submit", (event) => {
  const form = event.target;
  const row = form.matches("[data-keep]") && form.closest("[data-field]");
  if (!row || !row.closest("[data-conflict]").dataset.conflict) return;
  event.preventDefault();
  const [part, name] = [partOf(row), row.dataset.field];
  hold(part, name, form.elements[`base-${name}`].value, row.querySelector("[data-take]").dataset.value);
  settled(row);
  mark(part, name);
  send(part).then(() => builder.say(words.kept_mine));
  fieldOf(part, name).focus();
});
document.addEventListener("click", (event) => {
  const take = event.target.closest("[data-take]");
  const row = take?.closest("[data-field]");
  if (!row || !row.closest("[data-conflict]").dataset.conflict) return;
  event.preventDefault();
  const [part, name] = [partOf(row), row.dataset.field];
  state(part).dirty.delete(name);
  forget(part, name);
  const held = fieldOf(part, name).type === "checkbox" ? take.dataset.base : take.dataset.value;
  put(part, name, held, take.dataset.unit);
  hold(part, name, take.dataset.base, take.dataset.value);
  settled(row);
  builder.showFlags();
  builder.say(words.took_theirs);
  fieldOf(part, name).focus();
});

const gone = (part, html) => {
  state(part).stopped = true;
  const place = document.createElement("div");
  place.dataset.gone = part;
  place.innerHTML = html; // our own fragment, escaped by the server
  formOf(part).before(place);
};
document.addEventListener("click", (event) => {
  const place = event.target.closest("[data-drop]")?.closest("[data-gone]");
  if (!place) return;
  store.keys().filter((one) => one.startsWith(`${keep}${place.dataset.gone}:`)).forEach(store.remove);
  parts.delete(place.dataset.gone);
  builder.reload();
});

// --- Typing, leaving a field, leaving the page. ---
const named = (target) => {
  const name = target.name?.match(/^(?:f|unit)-(.+)$/)?.[1];
  const part = target.form?.dataset.part;
  return name && part && baseOf(part, name) ? [part, name] : null;
};
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const found = named(event.target);
    if (!found) return;
    const isNew = kind === "input" || (valueOf(...found) !== baseOf(...found).value && !builder.isCompared(found.join("-")));
    if (isNew) mark(...found);
    if (state(found[0]).dirty.size) schedule(found[0], kind === "change" ? 0 : WAIT);
  });
}
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") sendAll();
});
addEventListener("online", sendAll);
document.querySelector("#offline button").addEventListener("click", sendAll);

// Puts back what this device still has of a page that was closed or replaced before it was saved.
builder.restore = () => {
  let count = 0;
  for (const key of store.keys()) {
    const [part, name] = key.slice(keep.length).split(":");
    const copy = JSON.parse(store.get(key));
    if (Date.now() - copy.at > WEEK) {
      store.remove(key);
      continue;
    }
    if (!fieldOf(part, name) || !baseOf(part, name)) continue;
    const isSame = valueOf(part, name) === copy.value && (!copy.unit || unitOf(part, name)?.value === copy.unit);
    if (isSame && !isDirty(part, name)) {
      forget(part, name);
      continue;
    }
    state(part).stopped = false;
    put(part, name, copy.value, copy.unit);
    hold(part, name, copy.base, copy.shown);
    state(part).dirty.add(name);
    schedule(part, 0);
    count += 1;
  }
  return count;
};
builder.token = () => token;
}
