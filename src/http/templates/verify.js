// The page that verifies by itself: hands the file to a worker that cannot reach the network, and shows what comes back.
// Without this script the page's form sends the file to the service.
"use strict";

(() => {
  const engine = document.getElementById("engine");
  const form = document.getElementById("hand-in");
  if (!engine || !form || typeof WebAssembly !== "object" || typeof Worker !== "function") return;

  const part = (id) => document.getElementById(id);
  const input = part("file");
  const every = (selector, deed) => document.querySelectorAll(selector).forEach(deed);
  // How long the answer about the effect may take; the verdict does not depend on it.
  const EFFECT_MILLISECONDS = 10_000;
  let worker = null;
  let round = 0;
  let saved = null;
  let loaded = null;

  every("[data-here]", (one) => { one.hidden = false; });
  every("[data-sent]", (one) => { one.hidden = true; });

  class Trouble extends Error {}

  // The engine, once a page; its bytes must have the hash that this page names.
  const code = () => {
    loaded ??= fetch(engine.dataset.wasm, { integrity: engine.dataset.integrity, credentials: "omit" })
      .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(new Trouble("engine"))))
      .catch(() => { loaded = null; throw new Trouble("engine"); });
    return loaded;
  };

  // What the service judges by, and the time by its clock: this device's own may be wrong.
  const trust = async () => {
    try {
      const answer = await fetch(engine.dataset.trust, { cache: "no-cache", credentials: "omit" });
      if (!answer.ok) throw new Trouble("trust");
      const there = Date.parse(answer.headers.get("date") ?? "");
      const bytes = await answer.arrayBuffer();
      return { bytes, at: Number.isNaN(there) ? Date.now() : there };
    } catch {
      throw new Trouble("trust");
    }
  };

  const end = () => {
    round += 1;
    worker?.terminate();
    worker = null;
    part("busy").hidden = true;
  };

  const show = (id) => {
    part(id).hidden = false;
    part(id).focus({ preventScroll: true });
    part(id).scrollIntoView({ block: "start" });
  };

  const trouble = (what) => {
    end();
    every("[data-trouble]", (one) => { one.hidden = one.dataset.trouble !== what; });
    every("[data-unless]", (one) => { one.hidden = one.dataset.unless === what; });
    show("trouble");
  };

  const inWorker = (message) =>
    new Promise((resolve, reject) => {
      worker = new Worker(engine.dataset.worker);
      worker.onmessage = ({ data }) => (data.trouble ? reject(new Trouble(data.trouble)) : resolve(data));
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Trouble("broken"));
      };
      worker.postMessage(message, [message.trust]);
    });

  const askEffect = async (hash, mine) => {
    const asked = new URLSearchParams({ token: form.elements.token.value, hash });
    try {
      const answer = await fetch(engine.dataset.effect, {
        method: "POST",
        body: asked,
        redirect: "error",
        signal: AbortSignal.timeout(EFFECT_MILLISECONDS),
      });
      if (!answer.ok) throw new Trouble("effect");
      const words = await answer.text();
      if (mine === round) part("result-effect").innerHTML = words;
    } catch {
      if (mine === round) part("effect-unknown").hidden = false;
    }
  };

  const tell = async (answer, name, mine) => {
    if (saved) URL.revokeObjectURL(saved);
    saved = URL.createObjectURL(new Blob([`{"files":[${answer.report}]}`], { type: "application/json" }));
    part("save").href = saved;
    part("result-name").textContent = name;
    part("result-verdict").innerHTML = answer.verdict;
    part("result-details").innerHTML = answer.details;
    part("result-effect").textContent = "";
    part("effect-unknown").hidden = true;
    await askEffect(JSON.parse(answer.report).sha256, mine);
    if (mine !== round) return;
    // What has no effect any more is said before what the seal says.
    if (part("result-effect").querySelector(".effect")) part("result-verdict").before(part("result-effect"));
    else part("result-verdict").after(part("result-effect"));
    part("busy").hidden = true;
    show("result");
  };

  const judge = async (file) => {
    end();
    part("result").hidden = true;
    part("trouble").hidden = true;
    if (file.size > Number(engine.dataset.limit)) return trouble("large");
    const mine = round;
    part("busy").hidden = false;
    try {
      const [wasm, given] = await Promise.all([code(), trust()]);
      if (mine !== round) return;
      const answer = await inWorker({ code: wasm, trust: given.bytes, at: given.at, file, name: file.name });
      if (mine !== round) return;
      worker.terminate();
      worker = null;
      // Nobody could check it, the service neither.
      if (answer.error?.code === "pdf-not-pdf") return trouble("not-pdf");
      if (answer.error) {
        for (const word of ["ja", "en", "code"]) part(`refused-${word}`).textContent = answer.error[word];
        return trouble("refused");
      }
      await tell(answer, file.name, mine);
    } catch (error) {
      if (mine === round) trouble(error instanceof Trouble ? error.message : "broken");
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.files.length === 1) judge(input.files[0]);
  });
  input.addEventListener("change", () => {
    if (input.files.length === 1) judge(input.files[0]);
  });
  part("stop").addEventListener("click", () => trouble("stopped"));
  // Only who presses this sends the file; `submit()` does not ask the listener above.
  part("send").addEventListener("click", () => form.submit());

  const carries = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (carries(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    if (event.dataTransfer.files.length === 1) {
      input.files = event.dataTransfer.files;
      judge(input.files[0]);
    }
  });
})();
