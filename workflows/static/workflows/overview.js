// The overview, live: its state, its last runs and the last use of its request URL are asked for
// again soon after anything was posted and every few seconds while the page is looked at.
"use strict";
{
const EVERY = 3_000;
const LONGEST = 60_000; // between two tries while nothing answers
const PARTS = [".wf-head", "#last-runs", "#url-why"];
const parser = new DOMParser();
const runs = () => document.getElementById("last-runs");
let timer = 0;
let wait = EVERY;

// What is in the keyboard's hands or open stays, but for a link that is there again.
const renew = (selector, fresh) => {
  const [old, now] = [document.querySelector(selector), fresh.querySelector(selector)];
  if (!old || !now || old.innerHTML === now.innerHTML) return;
  const held = old.contains(document.activeElement) ? document.activeElement : null;
  const again = held && [...now.querySelectorAll("a[href]")].find((link) => link.getAttribute("href") === held.getAttribute("href"));
  if (held && !again) return;
  old.replaceChildren(...document.adoptNode(now).childNodes);
  again?.focus({ preventScroll: true });
};

const show = (text) => {
  const fresh = parser.parseFromString(text, "text/html");
  const { seen } = fresh.getElementById("last-runs")?.dataset ?? {};
  if (!seen) return;
  PARTS.forEach((selector) => renew(selector, fresh));
  runs().dataset.seen = seen;
};

const ask = async () => {
  clearTimeout(timer);
  const { address, seen } = runs().dataset;
  const headers = { "X-Declic-Script": "1", "X-Declic-Seen": seen };
  try {
    const answer = await fetch(address, { headers, cache: "no-store", redirect: "manual" });
    if (answer.status === 200) show(await answer.text());
    else if (answer.status < 500 && answer.status !== 204) return; // signed out, or no longer a manager
    wait = answer.status < 500 ? EVERY : Math.min(wait * 2, LONGEST);
  } catch {
    wait = Math.min(wait * 2, LONGEST); // offline
  }
  askIn(wait);
};

const askIn = (time) => {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(ask, time);
};

document.addEventListener("visibilitychange", () => askIn(0));
document.addEventListener("declic:change", ({ detail }) => { if (detail.kind === "message_posted") askIn(200 + Math.random() * 300); });
askIn(EVERY);
}
