// A channel's log: new messages arrive, older ones are fetched, and what is being read stays where it is.
"use strict";
{
const scroller = document.getElementById("messages");
const log = document.getElementById("log");
const list = log.querySelector("ol");
const below = document.getElementById("new-below");
const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

const keys = () => [...list.querySelectorAll("[data-key]")];
const keyOf = (line) => Number(line.dataset.key);
let lastKey = Number(log.dataset.key);
let isNewest = log.dataset.newest === "true";

// --- Where the reader is ---
const isAtEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 48;
const toEnd = () => { scroller.scrollTop = scroller.scrollHeight; };

scroller.classList.add("log-live");
const target = list.querySelector(".msg-here");
if (target) target.scrollIntoView({ block: "center" });
else if (isNewest) toEnd();
else if (new URLSearchParams(location.search).has("before")) toEnd();
else scroller.scrollTop = 0;

// The composer grows, the window shrinks, a picture of an emoji loads: who was at the end stays there.
let wasAtEnd = isAtEnd();
scroller.addEventListener("scroll", () => {
  wasAtEnd = isAtEnd();
  if (wasAtEnd) seen();
}, { passive: true });
new ResizeObserver(() => { if (wasAtEnd && isNewest) toEnd(); }).observe(scroller);

// --- What came, and who has seen it ---
let unseen = 0;
let unsaid = 0;
let saidAt = 0;
let saying = 0;
let readKey = 0;
let reading = 0;

const words = (name, n) => below.dataset[n === 1 ? `${name}One` : `${name}Many`].replace("%n", n).replace("%channel", log.dataset.name);

const count = (n) => {
  unseen += n;
  below.hidden = !unseen;
  if (unseen) below.querySelector("span").textContent = below.dataset[unseen === 1 ? "one" : "many"].replace("%n", unseen);
};

// A polite counter, at most every ten seconds.
const announce = (n) => {
  unsaid += n;
  if (!unsaid || saying) return;
  saying = setTimeout(() => {
    document.dispatchEvent(new CustomEvent("declic:say", { detail: { text: words("say", unsaid), hidden: true } }));
    saying = unsaid = 0;
    saidAt = Date.now();
  }, Math.max(0, saidAt + 10_000 - Date.now()));
};

const seen = () => {
  if (!isNewest || document.hidden || !isAtEnd()) return;
  count(-unseen);
  if (!log.dataset.read || lastKey <= readKey || reading) return;
  reading = setTimeout(() => {
    reading = 0;
    readKey = lastKey;
    const body = new URLSearchParams({ key: lastKey, csrfmiddlewaretoken: token() });
    fetch(log.dataset.read, { method: "POST", body }).catch(() => { readKey = 0; });
  }, 1000);
};
readKey = lastKey; // the page itself was counted as read when it was served
document.addEventListener("visibilitychange", () => { if (!document.hidden) seen(); });
below.addEventListener("click", () => {
  toEnd();
  seen();
  scroller.focus();
});

// --- Pieces of the log ---
const piece = async (url, key) => {
  const answer = await fetch(`${url}?key=${key}`, { redirect: "manual" });
  if (answer.status === 404 || answer.type === "opaqueredirect") location.reload(); // no longer ours to read
  if (!answer.ok) throw new Error(answer.status);
  return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("ol");
};

// Puts the lines after `key` into their places; what is there already stays. Returns the new ones.
const merge = (fresh, key) => {
  const added = [];
  let anchor = keys().findLast((line) => keyOf(line) <= key);
  for (const node of [...fresh.children]) {
    const shown = document.getElementById(node.id);
    if (shown && (shown.className === node.className || shown.contains(document.activeElement))) {
      anchor = shown;
      continue;
    }
    if (shown) shown.replaceWith(node);
    else if (anchor) anchor.after(node);
    else list.prepend(node);
    anchor = node;
    if (!shown && node.dataset.key) added.push(node);
  }
  lastKey = Math.max(lastKey, ...added.map(keyOf));
  if (added.length) log.querySelector("[data-begin] .bar")?.remove();
  return added;
};

// --- Newer messages: one request at a time, from the oldest gap on. ---
let busy = null;
let from = null;
const mine = new Set();

const catchUp = (key = lastKey) => {
  from = Math.min(from ?? key, key);
  busy ??= fetchNewer().finally(() => { busy = null; });
  return busy;
};

const fetchNewer = async () => {
  while (from !== null) {
    let key = from;
    from = null;
    for (let isMore = true; isMore;) {
      const stays = !isAtEnd();
      const fresh = await piece(log.dataset.after, key);
      const added = merge(fresh, key);
      const others = added.filter((line) => !mine.has(keyOf(line))).length;
      isMore = fresh.dataset.more === "true";
      key = Math.max(key, ...keys().map(keyOf).filter((one) => one <= lastKey));
      if (stays) count(others);
      else toEnd();
      announce(others);
    }
  }
  wasAtEnd = isAtEnd();
  seen();
};

document.addEventListener("declic:change", (event) => {
  const { kind, channel, message } = event.detail;
  if (channel !== log.dataset.channel) return;
  if (kind !== "message_posted") renewHead();
  else if (!isNewest) { count(1); }
  else if (!message || message > lastKey) catchUp().catch(() => {});
  else if (!document.getElementById(`m-${message}`) && message > keyOf(keys()[0])) catchUp(message - 1).catch(() => {}); // committed late
});
const again = () => { if (isNewest) catchUp().catch(() => {}); };
const offline = document.getElementById("offline");
addEventListener("offline", () => { offline.hidden = false; });
addEventListener("online", () => {
  offline.hidden = true;
  document.dispatchEvent(new CustomEvent("declic:reconnect"));
});
offline.querySelector("button").addEventListener("click", () => {
  document.dispatchEvent(new CustomEvent("declic:reconnect"));
  catchUp().then(() => { offline.hidden = true; }).catch(() => {});
});
document.addEventListener("declic:live", () => { // the stream (re)opened
  offline.hidden = true;
  again();
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) again(); });

// --- Older messages: by the link, or by scrolling up to it. ---
let fetchingOlder = false;
const older = log.querySelector("[data-show-older]");
const showOlder = async () => {
  if (fetchingOlder || !older.isConnected) return;
  fetchingOlder = true;
  const link = older.querySelector("a");
  link.setAttribute("aria-busy", "true");
  try {
    const fresh = await piece(log.dataset.before, keyOf(keys()[0]));
    const hadFocus = document.activeElement === link;
    const height = scroller.scrollHeight;
    const first = fresh.querySelector("[data-key]");
    list.prepend(...[...fresh.children].filter((node) => !document.getElementById(node.id)));
    if (fresh.dataset.older !== "true") {
      older.remove();
      log.querySelector("[data-begin]").hidden = false;
      if (hadFocus) scroller.focus();
    } else if (first) {
      link.href = link.href.replace(/before=\d+/, `before=${keyOf(first)}`);
    }
    scroller.scrollTop += scroller.scrollHeight - height;
  } catch { /* the link still works as a link */ }
  link.removeAttribute("aria-busy");
  fetchingOlder = false;
};
if (older) {
  older.querySelector("a").addEventListener("click", (event) => {
    event.preventDefault();
    showOlder();
  });
  new IntersectionObserver((entries) => {
    if (entries.some((one) => one.isIntersecting) && scroller.scrollHeight > scroller.clientHeight) showOlder();
  }, { root: scroller, rootMargin: "200px 0px 0px" }).observe(older);
}

// --- Newer ones of a page that was opened in the middle ---
const newer = log.querySelector("[data-show-newer]");
newer?.querySelector("a").addEventListener("click", async (event) => {
  event.preventDefault();
  const link = event.currentTarget;
  link.setAttribute("aria-busy", "true");
  try {
    const fresh = await piece(log.dataset.after, lastKey);
    const added = merge(fresh, lastKey);
    if (fresh.dataset.more !== "true") {
      newer.remove();
      isNewest = true;
      scroller.focus();
    } else if (added.length) {
      link.href = link.href.replace(/after=\d+/, `after=${lastKey}`);
    }
  } catch {
    location.assign(link.href);
  }
  link.removeAttribute("aria-busy");
});

// --- Name, topic, members, archived: the head and the foot are asked for anew. ---
let renewing = 0;
const renewHead = () => {
  if (renewing) return;
  renewing = setTimeout(async () => {
    renewing = 0;
    const answer = await fetch(location.pathname, { redirect: "manual" }).catch(() => null);
    if (answer?.status === 404) location.reload();
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [head, foot] = [document.getElementById("chan-head"), document.getElementById("chan-foot")];
    if (!head.contains(document.activeElement)) head.replaceWith(page.getElementById("chan-head"));
    const fresh = page.getElementById("chan-foot");
    if (Boolean(fresh.querySelector("[data-compose]")) === Boolean(foot.querySelector("[data-compose]"))) return;
    const text = foot.querySelector("textarea")?.value;
    if (!text) foot.replaceWith(fresh); // what was begun stays: sending says that it is closed
    wire();
  }, 300 + Math.random() * 700);
};

// --- The composer: Enter sends; what can't be sent keeps its text. ---
const wire = () => {
  const form = document.querySelector("[data-compose]");
  if (!form || form.dataset.wired) return;
  form.dataset.wired = "true";
  const text = form.elements.text;
  const button = form.querySelector("[type=submit]");
  const error = form.querySelector(".invalid");
  const hasKeys = !matchMedia("(pointer: coarse)").matches;
  form.querySelector("[data-keys]").hidden = !hasKeys;

  const complain = (sentence) => {
    error.hidden = !sentence;
    error.querySelector("span").textContent = sentence;
    if (sentence) error.setAttribute("role", "alert");
    text.setAttribute("aria-invalid", String(Boolean(sentence)));
  };

  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !hasKeys) return;
    event.preventDefault();
    form.requestSubmit();
  });
  // One after the other, so that they keep their order; who is quick goes on writing.
  let sending = Promise.resolve();
  let waiting = 0;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    text.focus();
    const [body, was] = [new FormData(form), text.value];
    if (!was.trim()) return;
    text.value = "";
    complain("");
    waiting += 1;
    button.ariaBusy = "true";
    sending = sending.then(() => send(body, was)).finally(() => {
      waiting -= 1;
      if (!waiting) button.ariaBusy = null;
    });
  });

  const send = async (body, was) => {
    let data = {};
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Declic-Script": "1" }, redirect: "manual" });
      if (answer.headers.get("Content-Type")?.startsWith("application/json")) data = await answer.json();
    } catch { /* no connection */ }
    if (data.key) return sent(data.key);
    text.value = text.value ? `${was}\n${text.value}` : was;
    complain(data.error ?? form.dataset.failed);
  };

  const sent = async (key) => {
    mine.add(key);
    if (!isNewest) return location.assign(form.action.replace(/\/send$/, ""));
    toEnd();
    await catchUp().catch(() => {});
    toEnd();
    seen();
  };
};
wire();
}
