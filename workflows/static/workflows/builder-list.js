// The one list of choices: under a field or at its caret, above where there is no room; by keys, mouse and touch.
"use strict";
{
const builder = window.declicBuilder;
const popup = document.createElement("div");
popup.className = "picker pick-pop";
popup.hidden = true;
const list = document.createElement("div");
list.className = "opts";
list.id = "pick-list";
list.role = "listbox";
popup.append(list);
document.body.append(popup);
const GAP = 4; // px between the field and its list
let field = null; // whose list is open
let source = null; // what offers the choices: `take(at)`, perhaps `chosen(at)`, `more` below the list, `takesTab`
let place = null; // where it belongs to, now: the page may scroll
let active = -1;
let count = 0;

// Scrolls the list, and not the page as `scrollIntoView` may.
const scrollTo = (one) => {
  const last = one.offsetTop + one.offsetHeight - list.clientHeight;
  list.scrollTop = Math.max(Math.min(list.scrollTop, one === list.firstElementChild ? 0 : one.offsetTop), last);
};
const choose = (at) => {
  active = count ? (at + count) % count : -1;
  [...list.children].forEach((one, place) => one.setAttribute("aria-selected", String(place === active)));
  if (active < 0) field.removeAttribute("aria-activedescendant");
  else {
    field.setAttribute("aria-activedescendant", list.children[active].id);
    scrollTo(list.children[active]);
  }
  source.chosen?.(active);
};

const option = (parts, at) => {
  const made = document.createElement("div");
  made.className = "opt";
  made.id = `pick-${at}`;
  made.role = "option";
  made.append(...parts);
  return made;
};

// Below what it belongs to, or above where that has more room; never higher than the room there is.
const put = (at) => {
  const home = popup.offsetParent.getBoundingClientRect();
  const view = window.visualViewport;
  const top = document.querySelector(".wf-head").getBoundingClientRect().bottom;
  const [above, below] = [at.top - Math.max(top, 0) - 2 * GAP, view.offsetTop + view.height - at.bottom - 2 * GAP];
  popup.style.maxHeight = "";
  const isAbove = popup.offsetHeight > below && above > below;
  popup.style.maxHeight = `${Math.max(isAbove ? above : below, 120)}px`;
  const room = home.width - popup.offsetWidth;
  popup.style.left = `${Math.max(0, Math.min(at.left - home.left, room))}px`;
  popup.style.top = `${isAbove ? at.top - home.top - popup.offsetHeight - GAP : at.bottom - home.top + GAP}px`;
};

// Offers `choices`, each the parts of a line; `start` is chosen at first; `at` is the place, the field's own as a rule.
const open = (input, from, { label, choices, nothing, start = 0, at = () => input.getBoundingClientRect() }) => {
  if (field !== input) close();
  field = input;
  source = from;
  count = choices.length;
  if (popup.parentElement !== input.form) input.form.append(popup);
  popup.replaceChildren(list, ...(from.more ?? []));
  list.setAttribute("aria-label", label);
  list.replaceChildren(...choices.map(option));
  if (!count) list.replaceChildren(Object.assign(option([nothing], "none"), { ariaDisabled: "true" }));
  popup.hidden = false;
  input.setAttribute("aria-controls", list.id);
  if (input.role === "combobox") input.setAttribute("aria-expanded", "true");
  place = at;
  choose(start);
  put(place());
};

const close = () => {
  if (!field) return;
  const left = field;
  field = null; // first: moving what has the focus tells of it
  left.removeAttribute("aria-activedescendant");
  if (left.role === "combobox") left.setAttribute("aria-expanded", "false");
  else left.removeAttribute("aria-controls");
  popup.hidden = true;
  document.body.append(popup); // so that what is replaced on the page does not take it along
  builder.showFlags(); // what is said under a field waits while one chooses
};

const take = () => (active < 0 ? close() : source.take(active));
const isMore = (target) => popup.contains(target) && !list.contains(target);

builder.list = {
  open,
  close,
  isFor: (input) => field === input,
  isOffering: (input) => field === input && count > 0,
  again: () => field && put(place()), // what stands below the list has changed
};

document.addEventListener("keydown", (event) => {
  const isInMore = field && isMore(event.target);
  if (!field || (event.target !== field && !isInMore)) return;
  const more = popup.querySelector("fieldset:not([hidden]) :checked");
  if (event.key === "Escape") {
    field.focus();
    close();
  } else if (event.key === "Enter" || (event.key === "Tab" && source.takesTab && !isInMore && active >= 0 && !event.shiftKey)) {
    take();
  } else if (!isInMore && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    choose(active + (event.key === "ArrowDown" ? 1 : -1));
  } else if (!isInMore && event.key === "ArrowRight" && more) {
    more.focus();
  } else if (isInMore && event.key === "ArrowLeft") {
    field.focus();
  } else {
    return;
  }
  event.preventDefault();
});
document.addEventListener("focusout", (event) => {
  if (!field || popup.contains(event.relatedTarget) || event.relatedTarget === field) return;
  if (event.target === field || popup.contains(event.target)) close();
});
popup.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
list.addEventListener("click", (event) => {
  const at = [...list.children].indexOf(event.target.closest("[role=option]"));
  if (at < 0 || !count) return;
  choose(at);
  const more = popup.querySelector("fieldset:not([hidden]) :checked");
  if (more) more.focus(); // a second question, which is answered there
  else take();
});
}
