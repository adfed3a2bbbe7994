// The preview beside the builder: shown anew after each save and choice, and when a test was sent.
const content = document.getElementById("preview-content");
const form = () => content.querySelector("[data-preview-form]");
let asked = 0;
let waiting = 0;

const show = async (action, { focus = "" } = {}) => {
  const mine = ++asked;
  const isPress = action !== form().action; // whose answer is told, whatever was asked since
  const body = new FormData(form());
  content.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(action, { method: "POST", body, headers: { "X-Declic-Script": "1" } });
    if (mine !== asked && !isPress) return;
    if (answer.redirected || !answer.ok) return unanswered(action, answer.redirected ? "signed_out_press" : "press_failed");
    const held = document.activeElement?.id;
    const caret = document.activeElement?.selectionStart;
    const fresh = document.createElement("template");
    fresh.innerHTML = await answer.text(); // our own fragment, escaped by the server
    for (const id of ["preview-form", "preview-test"]) {
      document.getElementById(id).replaceWith(document.adoptNode(fresh.content.getElementById(id)));
    }
    tell(action);
    reveal();
    const again = document.getElementById(focus || (content.querySelector(`#${CSS.escape(held || "-")}`) ? held : ""));
    again?.focus();
    if (again?.id === "pasted" && caret !== undefined) again.setSelectionRange(caret, caret);
    const note = (said ?? content).querySelector(":is(.note-good, .note-warn)"); // an alert speaks by itself
    const text = note?.textContent.trim();
    if (action !== form().action && text) document.dispatchEvent(new CustomEvent("declic:say", { detail: { text, hidden: true } }));
  } catch {
    unanswered(action, "press_failed"); // what is shown stays; the next save asks again
  } finally {
    if (mine === asked) content.removeAttribute("aria-busy");
  }
};

// What a test did stands in the builder's head, which is always in sight.
const said = document.getElementById("said");
const tell = (action) => {
  const notes = content.querySelectorAll("#preview-test .note");
  if (said && (action !== form().action || notes.length)) said.replaceChildren(...notes);
};
const unanswered = (action, word) => {
  if (action === form().action || !said) return; // nobody pressed anything
  const note = Object.assign(document.createElement("div"), { className: "note note-bad", role: "alert" });
  note.append(Object.assign(document.createElement("p"), { textContent: window.declicBuilder.words[word] }));
  said.replaceChildren(note);
  document.getElementById("send-test").removeAttribute("aria-busy");
};

// Where the script runs, JSON is pasted only when it is chosen, and no button is needed to show it.
const reveal = () => {
  const fill = content.querySelector("#fill");
  content.querySelector(".preview-paste").hidden = fill.value !== "json";
  content.querySelector(".preview-show").hidden = true;
};

const soon = (delay) => {
  clearTimeout(waiting);
  waiting = setTimeout(() => show(form().action), delay);
};

content.addEventListener("change", (event) => {
  if (event.target.id === "fill") {
    const example = document.getElementById("example-json");
    const pasted = document.getElementById("pasted");
    if (event.target.value === "json" && !pasted.value && example) pasted.value = example.textContent;
    reveal();
    soon(0);
  }
});
content.addEventListener("input", (event) => {
  if (event.target.id === "pasted") soon(400);
});
content.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter;
  button?.setAttribute("aria-busy", "true");
  show(button?.getAttribute("formaction") || form().action);
});
document.addEventListener("declic:draft-changed", () => soon(150));
reveal();
