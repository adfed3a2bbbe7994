// Texts with variables: painted where they stand, offered where `{{` is typed.
"use strict";
{
const builder = window.declicBuilder;
const PLACE = /\{\{ *([A-Za-z_][A-Za-z0-9_-]{0,63})(?: *\| *(name|email))? *\}\}/g;
const known = () => new Map(builder.variables.map((one) => [one.key, one]));

// --- The layer under the text: a mark for each variable; one that there isn't is marked bad. ---
const paint = (text) => {
  const layer = text.parentElement.firstElementChild;
  const variables = known();
  const parts = [];
  let end = 0;
  for (const found of text.value.matchAll(PLACE)) {
    const variable = variables.get(found[1]);
    const mark = document.createElement("mark");
    mark.textContent = found[0];
    if (!variable || (found[2] && variable.kind !== "member")) mark.className = "bad";
    parts.push(text.value.slice(end, found.index), mark);
    end = found.index + found[0].length;
  }
  layer.replaceChildren(...parts, `${text.value.slice(end)}\n`);
  const length = document.querySelector(`[data-length="${CSS.escape(text.id)}"]`);
  length.hidden = text.value.length < 9000;
  length.firstElementChild.textContent = text.value.length;
};
builder.paint = (root) => root.querySelectorAll(".write textarea").forEach(paint);

builder.replaceVariable = (text, wrong, right) =>
  text.replace(PLACE, (whole, key, format) => (key === wrong ? `{{ ${right}${format ? `|${format}` : ""} }}` : whole));

// --- The picker: a listbox at the caret; a member's formats below it. ---
const popup = document.createElement("div");
popup.className = "picker write-pop";
popup.hidden = true;
const list = document.createElement("div");
list.className = "opts";
list.id = "variable-list";
list.role = "listbox";
const formats = document.createElement("fieldset");
formats.className = "formats";
const keys = builder.span("jump-keys fine not-phone d-block", builder.words.keys);
popup.append(list, formats, keys);
document.body.append(popup);
let field = null;
let start = 0; // where the `{{` stands, or where the button inserts
let active = -1;
let offered = [];

const close = () => {
  if (!field) return;
  field.removeAttribute("aria-activedescendant");
  field.removeAttribute("aria-controls");
  field = null; // first: moving what has the focus tells of it
  popup.hidden = true;
  document.body.append(popup);
};
builder.closeWrite = close;

const caretPlace = (text, at) => {
  const layer = text.parentElement.firstElementChild;
  const walker = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT);
  let left = at;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (left <= node.length) {
      const range = document.createRange();
      range.setStart(node, left);
      range.collapse(true);
      const place = range.getBoundingClientRect();
      const box = text.parentElement.getBoundingClientRect();
      return { left: place.left - box.left, top: place.bottom - box.top - text.scrollTop };
    }
    left -= node.length;
  }
  return { left: 0, top: text.offsetHeight };
};

const showFormats = () => {
  const variable = offered[active];
  formats.hidden = variable?.kind !== "member";
  if (formats.hidden) return;
  const legend = document.createElement("legend");
  legend.textContent = builder.words.show_as.replace("%key", variable.key);
  const samples = { "": `@${variable.name}`, name: variable.name, email: variable.email };
  const labels = { "": builder.words.mention, name: builder.words.name, email: builder.words.email };
  formats.replaceChildren(
    legend,
    ...Object.keys(labels).map((format) => {
      const label = document.createElement("label");
      label.className = "opt";
      const radio = Object.assign(document.createElement("input"), { type: "radio", name: "variable-format", value: format, checked: !format, className: "form-check-input" });
      label.append(radio, builder.span("grow", labels[format]), builder.span("fine cut", samples[format]));
      return label;
    }),
  );
};

const choose = (at) => {
  active = offered.length ? (at + offered.length) % offered.length : -1;
  [...list.children].forEach((one, place) => one.setAttribute("aria-selected", String(place === active)));
  if (active >= 0) {
    field.setAttribute("aria-activedescendant", `variable-${active}`);
    list.children[active].scrollIntoView({ block: "nearest", behavior: "instant" });
  }
  showFormats();
};

const open = (text, from, wanted) => {
  offered = builder.variables.filter((one) => one.key.toLowerCase().startsWith(wanted.toLowerCase()));
  if (!offered.length && wanted) return close();
  const isNew = field !== text;
  field = text;
  start = from;
  if (isNew) text.parentElement.append(popup);
  list.setAttribute("aria-label", wanted ? builder.words.variables_with.replace("%text", wanted) : builder.words.variables);
  list.replaceChildren(
    ...offered.map((one, at) => {
      const option = builder.option(`variable-${at}`, builder.span("chip cut", one.key), builder.span("fine push", one.word));
      option.dataset.at = at;
      return option;
    }),
  );
  if (!offered.length) list.replaceChildren(Object.assign(builder.option("variable-none", builder.words.no_variables), { ariaDisabled: "true" }));
  popup.hidden = false;
  text.setAttribute("aria-controls", "variable-list");
  const place = caretPlace(text, from);
  popup.style.left = `${Math.max(0, Math.min(place.left, text.offsetWidth - popup.offsetWidth))}px`;
  popup.style.top = `${place.top + 4}px`;
  choose(0);
  popup.scrollIntoView({ block: "nearest", behavior: "instant" });
};

const insert = () => {
  const [text, variable] = [field, offered[active]];
  if (!variable) return close();
  const format = formats.hidden ? "" : formats.querySelector(":checked")?.value;
  const behind = text.value.slice(text.selectionEnd).match(/^ *\}\}/)?.[0].length ?? 0;
  const written = `{{ ${variable.key}${format ? `|${format}` : ""} }}`;
  text.focus();
  close();
  const isTyped = text.value.slice(start, start + 2) === "{{";
  text.setRangeText(written, start, isTyped ? text.selectionEnd + behind : text.selectionEnd, "end");
  builder.changed(text);
};

// What is being typed: the text from `{{` to the caret, if that may become a variable.
const typing = (text) => {
  const before = text.value.slice(0, text.selectionStart);
  const found = before.match(/\{\{ *([A-Za-z_][A-Za-z0-9_-]*)?$/);
  return found && text.selectionStart === text.selectionEnd ? { from: found.index, wanted: found[1] ?? "" } : null;
};

const isText = (target) => target.matches?.(".write textarea");
document.addEventListener("input", (event) => {
  if (!isText(event.target)) return;
  paint(event.target);
  const at = event.isTrusted && typing(event.target);
  if (at) open(event.target, at.from, at.wanted);
  else if (field === event.target) close();
});
document.addEventListener("keydown", (event) => {
  if (!field) return;
  const inFormats = formats.contains(event.target);
  if (event.target !== field && !inFormats) return;
  if (event.key === "Escape") {
    field.focus();
    close();
  } else if (event.key === "Enter" || (event.key === "Tab" && !inFormats && active >= 0 && !event.shiftKey)) {
    insert();
  } else if (!inFormats && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    choose(active + (event.key === "ArrowDown" ? 1 : -1));
  } else if (!inFormats && event.key === "ArrowRight" && !formats.hidden) {
    formats.querySelector(":checked").focus();
  } else if (inFormats && event.key === "ArrowLeft") {
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
list.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  const option = event.target.closest("[data-at]");
  if (!option) return;
  choose(Number(option.dataset.at));
  insert();
});
formats.addEventListener("click", (event) => {
  const label = event.detail && event.target.closest("label"); // a press, not an arrow key
  if (!label) return;
  label.querySelector("input").checked = true;
  insert();
});
document.addEventListener("pointerdown", (event) => {
  if (event.target.closest("[data-insert]")) event.preventDefault(); // the text keeps its caret
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  const text = document.getElementById(button.dataset.insert);
  if (document.activeElement !== text) text.focus();
  open(text, text.selectionStart, "");
});
}
