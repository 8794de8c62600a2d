// The page of a notice beside its form: set anew a moment after the last keystroke, by the same form that the button sends.
// Without this script the button serves.
"use strict";

(() => {
  const form = document.querySelector("form[data-live]");
  const live = document.getElementById("live");
  if (!form || !live) return;

  const part = (id) => document.getElementById(id);
  const PAUSE_MILLISECONDS = 600;
  let timer = 0;
  let page = 1;
  // The one request that is under way; a newer one ends it.
  let asked = null;

  const trouble = (there) => { part("live-trouble").hidden = !there; };

  const show = async (answer) => {
    const words = await answer.text();
    trouble(false);
    live.classList.toggle("stale", !answer.ok);
    part("live-wrong").innerHTML = answer.ok ? "" : words;
    if (answer.ok) part("live-page").innerHTML = words;
  };

  const look = async () => {
    asked?.abort();
    // What is missing is said when the form is sent, not while it is filled in.
    if (!form.checkValidity()) return;
    const mine = new AbortController();
    asked = mine;
    const body = new URLSearchParams(new FormData(form));
    body.set("look", String(page));
    body.set("live", "1");
    try {
      const sent = { method: "POST", body, redirect: "error", signal: mine.signal };
      const answer = await fetch(form.getAttribute("action"), sent);
      if (!answer.ok && answer.status !== 422) throw new Error(answer.statusText);
      if (asked === mine) await show(answer);
    } catch {
      if (asked === mine && !mine.signal.aborted) trouble(true);
    }
  };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MILLISECONDS);
  };

  live.hidden = false;
  live.parentElement.classList.add("beside");
  form.addEventListener("input", (event) => { if (!event.isComposing) soon(); });
  form.addEventListener("compositionend", soon);
  live.addEventListener("click", (event) => {
    const button = event.target.closest("[data-page]");
    if (!button) return;
    page = Number(button.dataset.page);
    look();
  });
  look();
})();
