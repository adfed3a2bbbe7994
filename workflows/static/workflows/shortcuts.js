// Starts a channel's shortcut without leaving the page: what is being written there stays.
"use strict";
document.addEventListener("submit", async (event) => {
  const form = event.target;
  const menu = form.closest("[data-shortcuts]");
  const button = event.submitter;
  if (!menu || !button) return;
  event.preventDefault();
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  const say = (text) => document.dispatchEvent(new CustomEvent("declic:say", { detail: { text } }));
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Declic-Script": "1" }, redirect: "manual" });
    if (answer.headers.get("Content-Type")?.startsWith("application/json")) say((await answer.json()).text);
    else location.reload(); // gone, or signed out: the page says which
  } catch {
    say(menu.dataset.failed);
  }
  button.ariaBusy = null;
  if (!menu.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
