// The builder's page: what a save changes beside its field, and the parts: add, move, remove, undo.
"use strict";
{
const builder = window.declicBuilder;
const html = (id, text) => {
  const place = document.getElementById(id);
  if (place && place.dataset.shown !== text) {
    place.innerHTML = text; // our own fragment, escaped by the server
    place.dataset.shown = text;
  }
};

// --- After a save: title, state, what is left to correct, what to send. ---
builder.show = (content) => {
  const hadFocus = document.getElementById("wf-state").contains(document.activeElement);
  html("wf-title", content.title);
  html("wf-state", content.state);
  if (hadFocus) document.querySelector("#wf-state a")?.focus();
  flags = content.flags;
  builder.showFlags();
  for (const [id, text] of Object.entries(content.notes)) {
    const note = document.getElementById(`${id}-note`);
    if (note && text) note.textContent = text;
  }
  setRows(content.rows);
  setVariables(content.variables);
  setSent(content.example, content.curl);
};
// What stands around a variable's fields: its key and kind where it is folded, the steps that use it.
const setRows = (rows) => {
  for (const [id, row] of Object.entries(rows)) {
    html(`${id}-said`, row.said);
    html(`${id}-uses`, row.uses);
    document.getElementById(`${id}-menu`)?.setAttribute("aria-label", row.menu);
    document.querySelectorAll(`#${id} [data-key]`).forEach((one) => { one.textContent = ` ${row.key}`; });
  }
};
// What is left to correct under each field, but not what is no longer so: a text that is compared
// with somebody else's, an empty field that is being filled, or one of a new part nobody left yet.
let flags = {};
const early = new Set();
const isUntrue = (anchor, field) => {
  if (builder.isCompared(anchor) || builder.list.isOffering(field)) return true;
  const base = field?.form?.elements[`base-${field.name.slice(2)}`];
  return base?.value === "" && (early.has(anchor) || field.value !== "");
};
builder.showFlags = () => {
  document.querySelectorAll(".flags[id]").forEach((place) => {
    const anchor = place.id.replace(/-flags$/, "");
    if (anchor.startsWith("details-")) return;
    const field = document.getElementById(anchor)?.closest("input, textarea, select");
    const text = isUntrue(anchor, field) ? "" : (flags[anchor] ?? "");
    html(place.id, text);
    builder.invalid(field, Boolean(text));
  });
  document.querySelectorAll("[data-knot]").forEach((knot) => {
    knot.classList.toggle("knot-bad", Boolean(knot.parentElement.querySelector(".flags > p")));
  });
  // Red once something is said to be wrong; a draft that is merely unfinished is not.
  document.querySelector("[data-todo]")?.classList.toggle("tag-bad", Boolean(document.querySelector("#wire .flags > p")));
};
const readFlags = () => {
  flags = {};
  document.querySelectorAll(".flags[id]").forEach((place) => {
    if (place.childElementCount) flags[place.id.replace(/-flags$/, "")] = place.innerHTML;
  });
};
document.addEventListener("input", (event) => {
  if (flags[event.target.id]) builder.showFlags();
});
document.addEventListener("focusout", (event) => {
  if (early.delete(event.target.id)) setTimeout(builder.showFlags, 300); // a press that took the focus lands first
});
const setVariables = (variables) => {
  builder.variables = variables;
  builder.paint(document);
  const people = document.getElementById("people");
  const word = people.dataset.word;
  people.querySelectorAll("[data-variable]").forEach((one) => one.remove());
  people.prepend(
    ...variables.filter((one) => one.kind === "member").map((one) => {
      const option = Object.assign(document.createElement("option"), { value: `{{ ${one.key} }}`, textContent: word });
      option.dataset.variable = "";
      return option;
    }),
  );
};
const setSent = (example, curl) => {
  for (const [id, text] of [["example-json", example], ["curl", curl]]) {
    const place = document.getElementById(id);
    if (place) place.textContent = text;
  }
};
builder.offer = (text) => {
  html("offer", text);
  document.getElementById("offer").hidden = !text;
};

// --- Parts: a press on a button sends its form, the page that comes back is put in place. ---
builder.fetchPage = async (url, options = {}) => {
  const answer = await fetch(url, options).catch(() => null);
  if (!answer || !answer.ok || new URL(answer.url).pathname !== location.pathname) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
};
const ids = () => [...document.querySelectorAll("#wire > [data-step], .vars tr[id]")].map((one) => one.id);

const swap = (page) => {
  builder.list.close();
  const [old, fresh] = [document.getElementById("wire"), page.getElementById("wire")];
  const open = [...old.querySelectorAll("tr:has(.var-fold[open])")].map((one) => one.id);
  page.getElementById("trigger").replaceWith(document.getElementById("trigger"));
  old.replaceWith(document.adoptNode(fresh));
  for (const id of ["wf-title", "wf-state", "wf-menu"]) {
    document.getElementById(id).replaceWith(document.adoptNode(page.getElementById(id)));
  }
  open.forEach((id) => document.querySelector(`#${CSS.escape(id)} .var-fold`)?.setAttribute("open", ""));
  setVariables(JSON.parse(page.getElementById("variables-data").textContent));
  setSent(page.getElementById("example-json")?.textContent, page.getElementById("curl")?.textContent);
  dress(document.getElementById("wire"));
  readFlags();
  builder.restore();
  document.dispatchEvent(new CustomEvent("declic:draft-changed", { detail: {} }));
};
const dress = (root) => {
  builder.upgrade(root);
  builder.paint(root);
  root.querySelectorAll("[data-insert], [data-grip]").forEach((one) => { one.hidden = false; });
};

const toasts = (page, hidden) => {
  for (const toast of [...page.querySelectorAll("#toasts .say")]) {
    if (hidden || !toast.querySelector("form")) builder.say(toast.textContent.trim(), hidden);
    else document.dispatchEvent(new CustomEvent("declic:toast", { detail: document.adoptNode(toast) }));
  }
};

// One press after the other: each page that comes back shows what all presses before it did.
let last = Promise.resolve();
const act = (...press) => {
  last = last.then(() => send(...press));
  return last;
};
const send = async (url, data, { button = null, isMove = false } = {}) => {
  button?.setAttribute("aria-busy", "true");
  const [before, row] = [ids(), button?.closest("[data-step], tr[id]")?.id];
  await builder.flush();
  data.set("csrfmiddlewaretoken", builder.token());
  const page = await builder.fetchPage(url, { method: "POST", body: data });
  button?.removeAttribute("aria-busy");
  if (!page) return document.dispatchEvent(new CustomEvent("declic:say", { detail: { text: builder.words.press_failed } }));
  swap(page);
  toasts(page, isMove);
  focusAfter(before, row, button);
};
builder.reload = async () => {
  const page = await builder.fetchPage(location.pathname);
  if (page) swap(page);
};

const focusAfter = (before, row, button) => {
  const after = ids();
  const added = after.find((one) => !before.includes(one));
  const gone = before.findIndex((one) => !after.includes(one));
  if (added) {
    const part = document.getElementById(added);
    part.querySelectorAll("[name^='f-']").forEach((one) => early.add(one.id));
    builder.showFlags();
    part.querySelector(".var-fold")?.setAttribute("open", "");
    const first = part.querySelector("[name^='f-']");
    first?.focus();
    if (added.startsWith("v")) first.select();
    part.scrollIntoView({ block: "nearest", behavior: "instant" });
  } else if (gone >= 0) {
    const next = before.slice(gone + 1).find((one) => after.includes(one) && one[0] === before[gone][0]);
    const place = document.getElementById(next ?? (before[gone][0] === "v" ? "variables" : "add-step"));
    (place.querySelector("h2, [name='f-key']") ?? place.querySelector("summary")).focus();
  } else if (row) {
    const same = document.getElementById(button.id);
    const other = document.getElementById(button.id.endsWith("-up") ? `${row}-down` : `${row}-up`);
    (button.id && (same?.disabled ? other : same) || document.querySelector(`#${CSS.escape(row)} :is(.card, td) .drop summary`))?.focus();
  }
};

document.addEventListener("submit", (event) => {
  const [form, button] = [event.target, event.submitter];
  const isUndo = form.closest("#toasts") && form.action.includes("/edit/restore/");
  if (form.matches("[data-part]")) return submitPart(event, form, button);
  if (button?.hasAttribute("data-leaves") || !(form.id === "act" || form.matches("[data-act]") || isUndo)) return;
  event.preventDefault();
  const data = new FormData(form, button);
  if (isUndo) form.closest(".say").remove();
  act(button?.hasAttribute("formaction") ? button.formAction : form.action, data, { button, isMove: button?.name === "to" });
});
const submitPart = (event, form, button) => {
  event.preventDefault();
  if (button?.name !== "use") return builder.flush();
  const place = button.closest(".flags");
  const field = document.getElementById(place.id.replace(/-flags$/, ""));
  const [, wrong, right] = button.value.split("|");
  field.value = right ? builder.replaceVariable(field.value, wrong, right) : button.value;
  field.focus();
  builder.changed(field);
};

// --- Dragging a step by its grip; the buttons do the same. ---
let dragged = null;
document.addEventListener("pointerdown", (event) => {
  const step = event.target.closest("[data-grip]")?.closest("[data-step]");
  if (step) step.draggable = true;
});
document.addEventListener("pointerup", () => document.querySelectorAll("[data-step][draggable]").forEach((one) => one.removeAttribute("draggable")));
document.addEventListener("dragstart", (event) => {
  if (!event.target.matches?.("[data-step]")) return;
  dragged = event.target;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
  dragged.classList.add("is-dragged");
});
const target = (event) => {
  const over = dragged && event.target.closest?.("[data-step]");
  if (!over || over === dragged) return null;
  const box = over.getBoundingClientRect();
  return { over, isBelow: event.clientY > box.top + box.height / 2 };
};
const unmark = () => document.querySelectorAll(".drop-above, .drop-below").forEach((one) => one.classList.remove("drop-above", "drop-below"));
document.addEventListener("dragover", (event) => {
  const at = target(event);
  unmark();
  if (!at) return;
  event.preventDefault();
  at.over.classList.add(at.isBelow ? "drop-below" : "drop-above");
});
document.addEventListener("drop", (event) => {
  const at = target(event);
  if (!at) return;
  event.preventDefault();
  const steps = [...document.querySelectorAll("#wire > [data-step]")].filter((one) => one !== dragged);
  const data = new FormData();
  data.set("to", steps.indexOf(at.over) + (at.isBelow ? 1 : 0));
  act(document.getElementById(`${dragged.id}-up`).formAction, data, { isMove: true });
});
document.addEventListener("dragend", () => {
  dragged?.classList.remove("is-dragged");
  dragged?.removeAttribute("draggable");
  dragged = null;
  unmark();
});

// --- A pointer that opens the name and the icon goes on to the name; the keyboard's focus stays. ---
const about = document.getElementById("details");
about.addEventListener("click", (event) => {
  const isOpening = event.target.closest("summary")?.parentElement === about && !about.open;
  if (!isOpening || !event.detail) return;
  setTimeout(() => {
    const name = document.getElementById("details-name");
    name.focus();
    name.select();
  }, 0);
});

// --- The curl command with the real URL in it, as the draft is now. ---
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-secret]");
  if (!button || button.dataset.isReady) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const data = new FormData();
  data.set("csrfmiddlewaretoken", builder.token());
  const answer = await fetch(button.dataset.copySecret, { method: "POST", body: data, headers: { "X-Declic-Script": "1" }, redirect: "error" }).catch(() => null);
  const place = document.getElementById("curl");
  const masked = place.textContent;
  if (answer?.ok) place.textContent = (await answer.json()).curl;
  button.dataset.isReady = "1";
  button.click();
  delete button.dataset.isReady;
  if (isSecureContext && navigator.clipboard) setTimeout(() => { place.textContent = masked; }, 0);
}, true);

// --- A link to what is left to correct opens what hides it, and puts the focus there. ---
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-todo]");
  const place = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!place) return;
  event.preventDefault();
  early.clear();
  builder.showFlags();
  document.getElementById("show-edit").checked = true;
  place.closest("tr")?.querySelector(".var-fold")?.setAttribute("open", "");
  const within = () => place.querySelector(".card :is(summary, [name^='f-'], h2)") ?? place.querySelector("summary, h2");
  const focused = place.matches("input, textarea, select") ? place : within();
  focused.focus();
  place.scrollIntoView({ block: "center", behavior: "instant" });
});

dress(document);
readFlags();
// What is empty is not wrong before somebody leaves it, or comes to correct it.
const isSentHere = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
for (const anchor of isSentHere ? [] : Object.keys(flags)) {
  if (document.getElementById(anchor)?.matches("[name^='f-']")) early.add(anchor);
}
builder.showFlags();
if (builder.restore()) builder.say(builder.words.restored, false);
}
