// Asks the browser for a passkey and hands its answer to the form. Everything else works without this file.
(function () {
  "use strict";
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const listed = (some) => (some || []).map((one) => ({ ...one, id: bytes(one.id) }));

  async function created(asked) {
    const options = asked.publicKey;
    const made = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: listed(options.excludeCredentials),
      },
    });
    return {
      id: made.id, rawId: text(made.rawId), type: made.type,
      response: {
        clientDataJSON: text(made.response.clientDataJSON),
        attestationObject: text(made.response.attestationObject),
      },
    };
  }

  async function answered(asked) {
    const options = asked.publicKey;
    const found = await navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: listed(options.allowCredentials),
      },
    });
    const said = found.response;
    return {
      id: found.id, rawId: text(found.rawId), type: found.type,
      response: {
        clientDataJSON: text(said.clientDataJSON), authenticatorData: text(said.authenticatorData),
        signature: text(said.signature), userHandle: said.userHandle ? text(said.userHandle) : null,
      },
    };
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("button");
    const refusal = form.querySelector("[role=alert]");
    if (!window.PublicKeyCredential) continue;
    button.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      refusal.hidden = true;
      button.disabled = true;
      try {
        const ask = form.dataset.passkey === "create" ? created : answered;
        form.elements.credential.value = JSON.stringify(await ask(JSON.parse(form.dataset.asked)));
        form.submit();
      } catch (fault) {
        refusal.textContent = form.dataset.failed;
        refusal.hidden = false;
        button.disabled = false;
      }
    });
  }
})();
