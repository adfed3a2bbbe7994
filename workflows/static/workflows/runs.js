// The activity, live: asks again for its own address, soon after anything was posted and every few
// seconds while it is looked at. What is new never moves what is being read.
"use strict";
{
const EVERY = 3_000;
const LONGEST = 60_000; // between two tries while nothing answers
const activity = document.getElementById("activity");
const form = document.querySelector("[data-run-filters]");
const parser = new DOMParser();
const at = (id, root = document) => root.querySelector(`#${id}`);
let timer = 0;
let wait = EVERY;
let asked = 0; // which request is the last one
let held = null; // the newest list, while the one on the page is being read
let isNews = false; // whether it has lines that the page doesn't

const announce = (text) => document.dispatchEvent(new CustomEvent("declic:say", { detail: { text, hidden: true } }));

const rows = (root) => [...at("runs-list", root).querySelectorAll("tr[data-key]")];

// Being read: pointed at, in the keyboard's hands, or scrolled into.
const isRead = () => {
  const list = at("runs-list");
  return list.matches(":hover, :focus-within") || list.getBoundingClientRect().top < 0;
};

const tellOfNews = () => {
  at("runs-list").querySelector("[data-live-note]")?.toggleAttribute("hidden", isNews);
  at("runs-list").querySelector("[data-show-new]")?.toggleAttribute("hidden", !isNews);
};

// A row that is there already shows its new state in its place.
const renewRows = (fresh) => {
  const shown = new Map(rows(document).map((row) => [row.dataset.key, row]));
  let added = 0;
  for (const row of rows(fresh)) {
    const old = shown.get(row.dataset.key);
    if (!old) added += 1;
    else if (old.innerHTML !== row.innerHTML) {
      const hadFocus = old.contains(document.activeElement);
      old.replaceChildren(...row.cloneNode(true).childNodes);
      if (hadFocus) old.querySelector("a")?.focus();
    }
  }
  return added;
};

const renewList = (fresh) => {
  held = null;
  isNews = false;
  at("runs-list").replaceWith(document.adoptNode(at("runs-list", fresh)));
  tellOfNews();
};

const renewCounts = (fresh) => {
  for (const name of ["failed", "refused"]) {
    const shown = form.querySelector(`[data-count="${name}"]`);
    const count = at("runs-list", fresh).dataset[name];
    if (shown) shown.textContent = count ? `\u00a0${count}` : "";
  }
};

// Of an opened run, what it did so far; what was received stays as it is unfolded.
const renewOpened = (fresh) => {
  if (!activity.matches(".runs-opened")) {
    if (!at("opened").contains(document.activeElement)) at("opened").replaceWith(document.adoptNode(at("opened", fresh)));
    return;
  }
  for (const id of ["run-status", "run-progress", "run-replay"]) {
    const [old, now] = [at(id), at(id, fresh)];
    if (old && now && !old.contains(document.activeElement) && old.innerHTML !== now.innerHTML) old.replaceWith(document.adoptNode(now));
  }
};

const show = (text, isAnother) => {
  const fresh = parser.parseFromString(text, "text/html");
  const list = at("runs-list", fresh);
  if (!list) return;
  renewCounts(fresh);
  renewOpened(fresh);
  if (isAnother || !isRead()) {
    renewList(fresh);
    return;
  }
  const hasNews = renewRows(fresh) > 0;
  if (hasNews && !isNews) announce(at("runs-list").querySelector("[data-show-new]")?.textContent ?? "");
  at("runs-list").dataset.seen = list.dataset.seen;
  [held, isNews] = [fresh, hasNews];
  tellOfNews();
};

const ask = async ({ isAnother = false } = {}) => {
  clearTimeout(timer);
  const mine = asked += 1;
  const headers = { "X-Declic-Script": "1" };
  if (!isAnother) headers["X-Declic-Seen"] = at("runs-list").dataset.seen;
  let goesOn = true;
  try {
    const answer = await fetch(location.href, { headers, cache: "no-store", redirect: "manual" });
    if (mine !== asked) return;
    if (answer.status === 200) show(await answer.text(), isAnother);
    else if (answer.status === 204) { if (held && !isRead()) renewList(held); }
    else if (answer.status < 500) goesOn = false; // signed out, or no longer a manager
    wait = answer.status < 500 ? EVERY : Math.min(wait * 2, LONGEST);
  } catch {
    wait = Math.min(wait * 2, LONGEST); // offline
  } finally {
    if (mine === asked) {
      activity.removeAttribute("aria-busy");
      if (goesOn) askIn(wait);
    }
  }
};

const askIn = (time) => {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(ask, time);
};

document.addEventListener("visibilitychange", () => askIn(0));
document.addEventListener("declic:change", ({ detail }) => { if (detail.kind === "message_posted") askIn(200 + Math.random() * 300); });

activity.addEventListener("click", (event) => {
  if (!event.target.closest("[data-show-new]") || !held) return;
  renewList(held);
  at("h-runs").focus();
});

// A chosen status or time filters at once; the choice keeps the focus and the address follows.
const filter = () => {
  const chosen = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  history.replaceState(null, "", `${location.pathname}${chosen.size ? `?${chosen}` : ""}`);
  const file = form.querySelector("[download]");
  if (file) {
    file.search = chosen;
    file.hidden = chosen.get("status") === "refused";
  }
  activity.setAttribute("aria-busy", "true");
  ask({ isAnother: true });
};
form.addEventListener("change", (event) => {
  if (event.target.matches("select, [type=radio]")) filter();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  filter();
});

tellOfNews();
askIn(EVERY);
}
