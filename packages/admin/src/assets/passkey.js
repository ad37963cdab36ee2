// Shows a passkey for the form that asks for one, and sends what the device answered with it.
(() => {
  const form = document.querySelector('form[data-options]');
  const button = form?.querySelector('button');
  if (!form || !button) return;
  const fault = form.querySelector('[data-fault]');
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
    form.querySelector('[data-unknown]').hidden = false;
    return;
  }
  button.disabled = false;

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    fault.hidden = true;
    try {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(form.dataset.options));
      const credential = await navigator.credentials.get({ publicKey });
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch {
      // Cancelled, timed out, or no such passkey on this device: browsers do not tell which.
      fault.hidden = false;
      button.disabled = false;
    }
  });
})();
