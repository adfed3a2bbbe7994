// What all scripts of the builder share: words, variables, how one tells the other of a change.
"use strict";
{
const read = (id) => JSON.parse(document.getElementById(id).textContent);
window.declicBuilder = {
  words: read("words-data"),
  variables: read("variables-data"),
  say: (text, hidden = true) => document.dispatchEvent(new CustomEvent("declic:say", { detail: { text, hidden } })),
  // Tells the other scripts that a field was changed by a script, as typing would.
  changed: (field) => {
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  },
  span: (className, text) => Object.assign(document.createElement("span"), { className, textContent: text }),
};
document.getElementById("main").classList.add("has-script");
}
