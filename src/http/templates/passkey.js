// Passkeys: asks the browser what a form's question says, puts the answer into the form, and sends it as any other.
// Without this script, or where the browser knows no passkeys, the forms stay hidden, and passwords and codes serve.
"use strict";

(() => {
  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

  const make = async (options) => {
    const user = { ...options.user, id: bytes(options.user.id) };
    const excludeCredentials = known(options.excludeCredentials);
    const challenge = bytes(options.challenge);
    const made = await navigator.credentials.create({ publicKey: { ...options, challenge, user, excludeCredentials } });
    return { clientData: text(made.response.clientDataJSON), attestation: text(made.response.attestationObject) };
  };

  const prove = async (options) => {
    const allowCredentials = known(options.allowCredentials);
    const challenge = bytes(options.challenge);
    const given = await navigator.credentials.get({ publicKey: { ...options, challenge, allowCredentials } });
    const { clientDataJSON, authenticatorData, signature, userHandle } = given.response;
    return {
      id: text(given.rawId),
      clientData: text(clientDataJSON),
      authenticator: text(authenticatorData),
      signature: text(signature),
      user: userHandle ? text(userHandle) : "",
    };
  };

  // Which sentence of the form says why it did not work.
  const trouble = (form, why) => {
    form.querySelectorAll("[data-trouble]").forEach((one) => { one.hidden = one.dataset.trouble !== why; });
    form.querySelector("button").disabled = false;
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential) continue;
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      form.querySelector("button").disabled = true;
      trouble(form, "");
      form.querySelector("button").disabled = true;
      try {
        if (location.origin !== form.dataset.origin) return trouble(form, "place");
        const options = JSON.parse(form.dataset.options);
        const answer = await (form.dataset.passkey === "create" ? make(options) : prove(options));
        form.querySelector("[data-answer]").value = JSON.stringify(answer);
        form.submit();
      } catch (error) {
        trouble(form, error.name === "InvalidStateError" ? "known" : "other");
      }
    });
  }
})();
