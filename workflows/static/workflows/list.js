// Your workflows: a chosen trigger or status filters at once.
"use strict";
document.querySelector("[data-filters]")?.addEventListener("change", (event) => {
  if (event.target.matches("select, [type=radio]")) event.currentTarget.requestSubmit();
});
