// Fields to choose in, channels and people: opened by a click or an arrow, narrowed by typing.
"use strict";
{
const builder = window.declicBuilder;
const MOST = 60;
let field = null;
let found = [];

builder.upgrade = (root) => {
  root.querySelectorAll("input[data-pick]").forEach((input) => {
    input.removeAttribute("list");
    input.role = "combobox";
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", "pick-list");
  });
};

const source = {
  take: (at) => {
    const input = field;
    input.value = found[at].value;
    builder.list.close();
    builder.changed(input);
  },
};
const open = (input, text) => {
  const wanted = text.trim().toLowerCase();
  field = input;
  found = [...document.getElementById(input.dataset.pick).options]
    .filter((one) => !("own" in one.dataset) || "takesOwn" in input.dataset)
    .filter((one) => `${one.value} ${one.textContent}`.toLowerCase().includes(wanted))
    .slice(0, MOST);
  builder.list.open(input, source, {
    label: input.labels[0]?.textContent ?? "",
    choices: found.map((one) => [builder.span("grow cut", one.value), builder.span("fine", one.textContent)]),
    nothing: builder.words.nothing_found,
    start: wanted ? 0 : Math.max(0, found.findIndex((one) => one.value === input.value)),
  });
};

const picks = (event) => event.target.matches?.("input[data-pick]");
document.addEventListener("click", (event) => {
  if (picks(event) && !builder.list.isFor(event.target)) open(event.target, "");
});
document.addEventListener("input", (event) => {
  if (picks(event) && event.isTrusted) open(event.target, event.target.value);
});
document.addEventListener("keydown", (event) => {
  if (!picks(event) || event.defaultPrevented || builder.list.isFor(event.target)) return;
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  open(event.target, "");
});
}
