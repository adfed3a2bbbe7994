// The builder's fields: lists to choose from (channels, people), the icon, and what all scripts share.
"use strict";
{
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const builder = {
  words: read("words-data"),
  variables: read("variables-data"),
  say: (text, hidden = true) => document.dispatchEvent(new CustomEvent("declic:say", { detail: { text, hidden } })),
  // Tells the other scripts that a field was changed by a script, as typing would.
  changed: (field) => {
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  },
  option: (id, ...parts) => {
    const option = document.createElement("div");
    option.className = "opt";
    option.id = id;
    option.role = "option";
    option.append(...parts);
    return option;
  },
  span: (className, text) => Object.assign(document.createElement("span"), { className, textContent: text }),
};
window.declicBuilder = builder;
document.getElementById("main").classList.add("has-script");

// --- A field with a list: opened by focus on a click or an arrow, narrowed by typing. ---
const popup = document.createElement("div");
popup.className = "picker pick-pop";
popup.hidden = true;
const list = document.createElement("div");
list.className = "opts";
list.id = "pick-list";
list.role = "listbox";
popup.append(list);
document.body.append(popup);
const MOST = 60;
let field = null;
let active = -1;

builder.upgrade = (root) => {
  root.querySelectorAll("input[data-pick]").forEach((input) => {
    input.removeAttribute("list");
    input.role = "combobox";
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", "pick-list");
  });
};

const choose = (at) => {
  const options = [...list.children];
  active = options.length ? (at + options.length) % options.length : -1;
  options.forEach((one, place) => one.setAttribute("aria-selected", String(place === active)));
  if (active < 0) field.removeAttribute("aria-activedescendant");
  else {
    field.setAttribute("aria-activedescendant", options[active].id);
    options[active].scrollIntoView({ block: "nearest", behavior: "instant" });
  }
};

const fill = (text) => {
  const wanted = text.trim().toLowerCase();
  const found = [...document.getElementById(field.dataset.pick).options]
    .filter((one) => !("own" in one.dataset) || "takesOwn" in field.dataset)
    .filter((one) => `${one.value} ${one.textContent}`.toLowerCase().includes(wanted))
    .slice(0, MOST);
  list.replaceChildren(
    ...found.map((one, at) => {
      const option = builder.option(`pick-${at}`, builder.span("grow cut", one.value), builder.span("fine", one.textContent));
      option.dataset.value = one.value;
      option.setAttribute("aria-selected", "false");
      return option;
    }),
  );
  if (found.length) choose(wanted ? 0 : Math.max(0, found.findIndex((one) => one.value === field.value)));
  else {
    list.replaceChildren(Object.assign(builder.option("pick-none", builder.words.nothing_found), { ariaDisabled: "true" }));
    active = -1;
    field.removeAttribute("aria-activedescendant");
  }
};

const open = (input, text) => {
  field = input;
  input.after(popup);
  list.setAttribute("aria-label", input.labels[0]?.textContent ?? "");
  popup.hidden = false;
  input.setAttribute("aria-expanded", "true");
  fill(text);
  popup.scrollIntoView({ block: "nearest", behavior: "instant" });
};

const close = () => {
  if (!field) return;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
  field = null;
  popup.hidden = true;
  document.body.append(popup); // so that what is replaced on the page does not take it along
};
builder.closePick = close;

const take = (option) => {
  const input = field;
  if (!option?.dataset.value) return;
  input.value = option.dataset.value;
  close();
  builder.changed(input);
};

const picks = (event) => event.target.matches?.("input[data-pick]");
document.addEventListener("click", (event) => {
  if (picks(event) && popup.hidden) open(event.target, "");
});
document.addEventListener("input", (event) => {
  if (picks(event) && event.isTrusted) open(event.target, event.target.value);
});
document.addEventListener("focusout", (event) => {
  if (event.target === field) close();
});
popup.addEventListener("pointerdown", (event) => {
  event.preventDefault(); // the field keeps the focus
  take(event.target.closest("[role=option]"));
});
document.addEventListener("keydown", (event) => {
  if (!picks(event)) return;
  if (popup.hidden) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    open(event.target, "");
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    choose(active + (event.key === "ArrowDown" ? 1 : -1));
  } else if (event.key === "Enter") {
    take(list.children[active]);
  } else if (event.key === "Escape") {
    close();
  } else {
    return;
  }
  event.preventDefault();
});

// --- The icon: a press puts it into the field. ---
document.addEventListener("click", (event) => {
  const button = event.target.closest(".icon-grid button");
  if (!button) return;
  event.preventDefault();
  const icon = document.getElementById("details-icon");
  icon.value = button.value;
  document.getElementById("icon-shown").textContent = button.textContent;
  builder.changed(icon);
});
}
