// What every page does a little quicker with a script: theme, toasts, copying, menus, the sidebar.
"use strict";
{
const root = document.documentElement;
const toasts = document.getElementById("toasts");

// --- Theme: the button shows the other one at once, the server remembers it. ---
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-form]");
  if (!form) return;
  event.preventDefault();
  const device = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const shown = root.dataset.bsTheme === "auto" ? device : root.dataset.bsTheme;
  form.elements.theme.value = root.dataset.bsTheme = shown === "dark" ? "light" : "dark";
  fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" }).catch(() => {});
});

// --- Toasts: ten seconds, not counting while pointed at or focused. ---
const stay = (toast) => {
  let left = 10;
  const timer = setInterval(() => {
    if (toast.matches(":hover, :focus-within")) return;
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    toast.remove();
  }, 1000);
};

// Says a sentence: as a toast, or (hidden) only to screen readers.
const say = (text, { hidden = false } = {}) => {
  if (!toasts) return;
  const toast = document.createElement("div");
  toast.className = hidden ? "visually-hidden" : "say say-plain";
  toast.textContent = text;
  toasts.append(toast);
  stay(toast);
};
document.addEventListener("declic:say", (event) => say(event.detail.text, event.detail));
document.addEventListener("declic:toast", (event) => {
  toasts.append(event.detail);
  stay(event.detail);
});

if (toasts) {
  const served = [...toasts.children];
  served.forEach((toast) => toast.remove()); // a status speaks only when something comes into it
  setTimeout(() => {
    toasts.append(...served);
    served.forEach(stay);
  }, 100);
}

// --- Copy buttons: data-copy names what is copied; the width does not change. ---
const copied = async (text, source) => {
  if (navigator.clipboard && isSecureContext) {
    await navigator.clipboard.writeText(text);
    return true;
  }
  if (source.select) source.select();
  else getSelection().selectAllChildren(source);
  return document.execCommand("copy"); // where the clipboard needs https
};
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button || button.classList.contains("btn-copied")) return;
  const source = document.querySelector(button.dataset.copy);
  const done = await copied(source.value ?? source.textContent, source).catch(() => false);
  if (!done) return; // the text stays selected: Ctrl-C takes it
  const label = button.querySelector("span") ?? button;
  const [was, use, width] = [label.textContent, button.querySelector("use"), button.offsetWidth];
  const icon = use?.getAttribute("href");
  button.style.minWidth = `${width}px`;
  button.classList.add("btn-copied");
  label.textContent = button.dataset.copied;
  use?.setAttribute("href", icon.replace(/#.*/, "#i-check"));
  say(button.dataset.copied, { hidden: true });
  setTimeout(() => {
    button.classList.remove("btn-copied");
    label.textContent = was;
    use?.setAttribute("href", icon);
  }, 2000);
});

// --- Menus and questions in place: Esc, a click outside and “Keep” close them. ---
const close = (details) => {
  details.open = false;
  details.querySelector("summary").focus();
};
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.activeElement.closest?.(".drop[open], .ask[open]");
  if (open) close(open);
});
document.addEventListener("click", (event) => {
  document.querySelectorAll(".drop[open]").forEach((drop) => {
    if (!drop.contains(event.target)) drop.open = false;
  });
  const back = event.target.closest("[data-close]");
  if (!back) return;
  event.preventDefault();
  close(back.closest("details"));
});

// --- The first run proposes the browser's time zone. ---
const zone = document.querySelector("select[data-guess-zone]");
const guess = zone && Intl.DateTimeFormat().resolvedOptions().timeZone;
if (guess && zone.value === "UTC" && zone.querySelector(`option[value="${CSS.escape(guess)}"]`)) zone.value = guess;

// --- The sidebar: bold for what is new elsewhere; asked for anew when channels come or go. ---
const side = document.getElementById("side");
const mark = (channel) => {
  const link = side.querySelector(`[data-channel="${CSS.escape(channel)}"]`);
  if (!link) return false;
  link.classList.add("unread");
  let word = link.querySelector("[data-unread]");
  if (word?.classList.contains("count")) {
    const count = parseInt(word.firstChild.data, 10) + 1;
    if (count < 100) word.firstChild.data = count;
  } else if (!word) {
    word = document.createElement("span");
    word.dataset.unread = "";
    const hidden = Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: ` ${side.dataset.word}` });
    if (channel.startsWith("D")) {
      word.className = "count";
      word.append("1", hidden);
    } else {
      word.append(hidden);
    }
    link.append(word);
  }
  return true;
};

let waiting = false;
const renew = () => {
  if (waiting) return;
  waiting = true;
  setTimeout(async () => {
    waiting = false;
    const answer = await fetch(side.dataset.fresh, { redirect: "manual" }).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const focused = side.contains(document.activeElement) && document.activeElement.getAttribute("href");
    side.replaceChildren(...page.getElementById("side").childNodes);
    if (focused) side.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  }, 300 + Math.random() * 700);
};

document.addEventListener("declic:change", (event) => {
  if (!side) return;
  const { kind, channel } = event.detail;
  if (kind !== "message_posted") renew();
  else if (channel !== document.getElementById("log")?.dataset.channel && !mark(channel) && channel.startsWith("D")) renew();
});
}
