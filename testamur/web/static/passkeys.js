// Passkeys: asks the browser for one, and sends what it answers with the page's own form.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const keys = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

const toCreate = (asked) => ({
  ...asked,
  challenge: bytes(asked.challenge),
  user: { ...asked.user, id: bytes(asked.user.id) },
  excludeCredentials: keys(asked.excludeCredentials),
});

const toUse = (asked) => ({ ...asked, challenge: bytes(asked.challenge), allowCredentials: keys(asked.allowCredentials) });

const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

const answer = (credential) => ({
  id: credential.id,
  rawId: text(credential.rawId),
  type: credential.type,
  authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
  clientExtensionResults: credential.getClientExtensionResults(),
  response: Object.fromEntries(
    parts.filter((name) => credential.response[name]).map((name) => [name, text(credential.response[name])]),
  ),
});

const words = {
  InvalidStateError: "This passkey is on your account already. Use another device or key.",
  NotAllowedError: "Nothing was confirmed: the browser's question was closed, or it waited too long. Try again.",
  SecurityError: "Passkeys do not work at this address. Open the register at its own address, over https, and try again.",
};

const enhance = (form) => {
  if (!globalThis.PublicKeyCredential) return;
  const asked = JSON.parse(document.getElementById(form.dataset.options).textContent).publicKey;
  const said = form.querySelector("[role=status]");
  const button = form.querySelector("button");
  form.querySelector("[data-passkey-missing]").remove();
  form.querySelectorAll("[data-passkey-ready]").forEach((part) => part.classList.remove("govuk-!-display-none"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    said.textContent = "Waiting for the passkey…";
    try {
      const credential = await (form.dataset.passkey === "add"
        ? navigator.credentials.create({ publicKey: toCreate(asked) })
        : navigator.credentials.get({ publicKey: toUse(asked) }));
      form.querySelector("[name=credential]").value = JSON.stringify(answer(credential));
      said.textContent = "Checking…";
      form.submit();
    } catch (error) {
      button.disabled = false;
      said.textContent = words[error.name] ?? "The browser could not use a passkey. Try again, or use another way.";
    }
  });
};

document.querySelectorAll("form[data-passkey]").forEach(enhance);
