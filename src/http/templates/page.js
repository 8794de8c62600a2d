// On every page of staff: an open menu closes by Escape and when it is left; what has to be told can be copied.
"use strict";

(() => {
  const close = (left) =>
    document.querySelectorAll(".menu details[open]").forEach((menu) => {
      if (left(menu)) menu.open = false;
    });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    close((menu) => {
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      return true;
    });
  });
  for (const kind of ["focusin", "pointerdown"]) {
    document.addEventListener(kind, (event) => close((menu) => !menu.contains(event.target)));
  }

  // Browsers copy only where the connection is secure; the buttons stay away elsewhere.
  if (!navigator.clipboard) return;
  document.querySelectorAll("[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        button.textContent = "コピーしました";
      } catch {
        button.textContent = "コピーできません";
      }
    });
  });
})();
