// The request URL: fetched only when it is asked for, to be shown or copied; never kept elsewhere.
"use strict";
{
const form = document.querySelector("[data-reveal]");
const field = document.getElementById("request-url");
// In the builder the command follows the draft; its own button puts the URL in.
const curl = document.querySelector("[data-copy-secret]") ? null : document.getElementById("curl");

if (form && field) {
  const masked = { url: field.value, curl: curl?.textContent };
  const button = form.querySelector("button") ?? document.querySelector(`button[form="${form.id}"]`);
  const label = button.querySelector("span");
  const shows = label.innerHTML;
  let secret = null;
  let isShown = false;

  const fetchSecret = async () => {
    if (secret) return secret;
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { "X-Declic-Script": "1" },
      redirect: "error",
    });
    if (!answer.ok) throw new Error(String(answer.status));
    secret = await answer.json();
    return secret;
  };
  const put = (values) => {
    field.value = values.url;
    if (curl) curl.textContent = values.curl;
  };
  const busy = (one, is) => one.setAttribute("aria-busy", String(is));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    busy(button, true);
    try {
      await fetchSecret();
    } catch {
      form.submit(); // the page itself says what is wrong
      return;
    } finally {
      busy(button, false);
    }
    isShown = !isShown;
    put(isShown ? secret : masked);
    if (isShown) label.textContent = form.dataset.hide;
    else label.innerHTML = shows;
    if (isShown) field.select();
  });

  // Copy: put the secret in its place for the moment of copying. Where the clipboard needs https it
  // stays, selected, so that Ctrl-C takes it.
  document.addEventListener(
    "click",
    async (event) => {
      const copy = event.target.closest("[data-needs-url]");
      if (!copy || isShown || copy.dataset.isReady) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      busy(copy, true);
      try {
        await fetchSecret();
      } catch {
        form.submit();
        return;
      } finally {
        busy(copy, false);
      }
      put(secret);
      copy.dataset.isReady = "1";
      copy.click();
      delete copy.dataset.isReady;
      if (navigator.clipboard && isSecureContext) put(masked);
    },
    true,
  );
}
}
