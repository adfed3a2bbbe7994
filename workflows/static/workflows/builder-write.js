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

// --- What the list offers at the caret: the variables; below it a member's formats. ---
const formats = document.createElement("fieldset");
formats.className = "formats";
const keys = builder.span("jump-keys fine not-phone d-block", builder.words.keys);
let field = null;
let start = 0; // where the `{{` stands, or where the button inserts
let offered = [];
let chosen = null;

const caretPlace = (text, at) => {
  const walker = document.createTreeWalker(text.parentElement.firstElementChild, NodeFilter.SHOW_TEXT);
  let left = at;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (left <= node.length) {
      const range = document.createRange();
      range.setStart(node, left);
      range.collapse(true);
      const place = range.getBoundingClientRect();
      return { left: place.left, top: place.top - text.scrollTop, bottom: place.bottom - text.scrollTop };
    }
    left -= node.length;
  }
  return text.getBoundingClientRect();
};

const drawFormats = (variable) => {
  const samples = { "": variable.mention, name: variable.name, email: variable.email };
  const labels = { "": builder.words.mention, name: builder.words.name, email: builder.words.email };
  const legend = Object.assign(document.createElement("legend"), { textContent: builder.words.show_as.replace("%key", variable.key) });
  const lines = Object.keys(labels).map((format) => {
    const label = Object.assign(document.createElement("label"), { className: "opt" });
    const about = { type: "radio", name: "variable-format", value: format, checked: !format, className: "form-check-input" };
    const radio = Object.assign(document.createElement("input"), about);
    label.append(radio, builder.span("grow", labels[format]), builder.span("fine cut", samples[format]));
    return label;
  });
  formats.replaceChildren(legend, ...lines);
};

const insert = () => {
  const text = field;
  const format = formats.hidden ? "" : formats.querySelector(":checked").value;
  const behind = text.value.slice(text.selectionEnd).match(/^ *\}\}/)?.[0].length ?? 0;
  const written = `{{ ${chosen.key}${format ? `|${format}` : ""} }}`;
  text.focus();
  builder.list.close();
  const isTyped = text.value.slice(start, start + 2) === "{{";
  text.setRangeText(written, start, isTyped ? text.selectionEnd + behind : text.selectionEnd, "end");
  builder.changed(text);
};
const source = {
  more: [formats, keys],
  takesTab: true,
  take: insert,
  chosen: (at) => {
    chosen = offered[at];
    formats.hidden = chosen?.kind !== "member";
    if (!formats.hidden) drawFormats(chosen);
    builder.list.again();
  },
};

const open = (text, from, wanted) => {
  offered = builder.variables.filter((one) => one.key.toLowerCase().startsWith(wanted.toLowerCase()));
  if (!offered.length && wanted) return builder.list.close();
  field = text;
  start = from;
  builder.list.open(text, source, {
    label: wanted ? builder.words.variables_with.replace("%text", wanted) : builder.words.variables,
    choices: offered.map((one) => [builder.span("chip cut", one.key), builder.span("fine push", one.word)]),
    nothing: builder.words.no_variables,
    at: () => caretPlace(text, from),
  });
};

// What is being typed: the text from `{{` to the caret, if that may become a variable.
const typing = (text) => {
  const before = text.value.slice(0, text.selectionStart);
  const found = before.match(/\{\{ *([A-Za-z_][A-Za-z0-9_-]*)?$/);
  return found && text.selectionStart === text.selectionEnd ? { from: found.index, wanted: found[1] ?? "" } : null;
};

document.addEventListener("input", (event) => {
  const text = event.target;
  if (!text.matches?.(".write textarea")) return;
  paint(text);
  const at = event.isTrusted && typing(text);
  if (at) open(text, at.from, at.wanted);
  else if (builder.list.isFor(text)) builder.list.close();
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
