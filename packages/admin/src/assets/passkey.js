// Makes or shows a passkey for the form that asks for one, and sends what the device answered with it.
(() => {
  const form = document.querySelector('form[data-passkey]');
  const button = form?.querySelector('button');
  if (!form || !button) return;
  const fault = form.querySelector('[data-fault]');
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
    form.querySelector('[data-unknown]').hidden = false;
    return;
  }
  button.disabled = false;

  function askDevice(options) {
    return form.dataset.passkey === 'make'
      ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    fault.hidden = true;
    try {
      const credential = await askDevice(JSON.parse(form.dataset.options));
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch {
      // Cancelled, timed out, or no such passkey on this device: browsers do not tell which.
      fault.hidden = false;
      button.disabled = false;
    }
  });
})();
