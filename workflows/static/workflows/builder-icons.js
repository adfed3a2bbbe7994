// The icon: a press puts it into the field.
"use strict";
{
const builder = window.declicBuilder;

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
