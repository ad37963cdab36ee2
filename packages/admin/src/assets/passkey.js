// Makes or shows a passkey for the form that asks for one, and sends what the device answered with it.
(() => {
  const form = document.querySelector('form[data-passkey]');
  const button = form?.querySelector('button');
  if (!form || !button) return;
  const fault = form.querySelector('[data-fault]');
  if (!window.PublicKeyCredential || !navigator.credentials) {
    form.querySelector('[data-unknown]').hidden = false;
    return;
  }
  button.disabled = false;

  const toBytes = (text) => {
    const base64 = text.replace(/-/g, '+').replace(/_/g, '/');
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  };
  const toText = (buffer) => {
    let letters = '';
    for (const byte of new Uint8Array(buffer)) letters += String.fromCharCode(byte);
    return btoa(letters).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
  };
  const named = (credentials) =>
    (credentials || []).map((credential) => ({ ...credential, id: toBytes(credential.id) }));

  async function make(options) {
    const publicKey = {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: named(options.excludeCredentials),
    };
    const { response, ...credential } = await credentialOf(navigator.credentials.create({ publicKey }));
    return {
      ...credential,
      response: {
        clientDataJSON: toText(response.clientDataJSON),
        attestationObject: toText(response.attestationObject),
        transports: response.getTransports ? response.getTransports() : [],
      },
    };
  }

  async function show(options) {
    const publicKey = {
      ...options,
      challenge: toBytes(options.challenge),
      allowCredentials: named(options.allowCredentials),
    };
    const { response, ...credential } = await credentialOf(navigator.credentials.get({ publicKey }));
    return {
      ...credential,
      response: {
        clientDataJSON: toText(response.clientDataJSON),
        authenticatorData: toText(response.authenticatorData),
        signature: toText(response.signature),
        userHandle: response.userHandle ? toText(response.userHandle) : undefined,
      },
    };
  }

  async function credentialOf(asked) {
    const { id, rawId, type, response } = await asked;
    return { id, rawId: toText(rawId), type, clientExtensionResults: {}, response };
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    fault.hidden = true;
    try {
      const options = JSON.parse(form.dataset.options);
      const answer = form.dataset.passkey === 'make' ? await make(options) : await show(options);
      form.elements.credential.value = JSON.stringify(answer);
      form.submit();
    } catch {
      // Cancelled, timed out, or no such passkey on this device: browsers do not tell which.
      fault.hidden = false;
      button.disabled = false;
    }
  });
})();
