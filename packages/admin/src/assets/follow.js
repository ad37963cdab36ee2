// Keeps a page of forms up to date: asks for the page again, and puts its parts in place of those shown. Without this script the
// page says how old it is.
(() => {
  const page = document.querySelector('main[data-follow]');
  const state = page?.querySelector('[data-follow-state]');
  if (!state) return;
  const EVERY_MS = 5000;
  /** A page that was not answered for so long says that it is old. */
  const OLD_MS = 15_000;
  let shownAt = Date.now();
  let isAsking = false;

  function say(isLive) {
    const text = isLive ? state.dataset.live : state.dataset.cut;
    state.hidden = false;
    state.className = isLive ? 'label good' : 'label warn';
    if (state.textContent !== text) state.textContent = text;
  }

  /** A button that is being pressed stays where it is, and what has the focus keeps it. */
  function show(asked) {
    // Each answer has another token: without this every part with a form would differ from what is shown.
    const token = asked.querySelector('[name=_csrf]')?.getAttribute('value');
    if (token) for (const field of document.querySelectorAll('[name=_csrf]')) field.setAttribute('value', token);
    for (const part of page.querySelectorAll('[data-part]:not(:active)')) {
      const now = asked.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!now || now.isEqualNode(part)) continue;
      const held = part.contains(document.activeElement) ? document.activeElement : null;
      part.replaceChildren(...now.childNodes);
      if (held) [...part.querySelectorAll(held.localName)].find((one) => one.isEqualNode(held))?.focus();
    }
  }

  async function ask() {
    if (document.visibilityState !== 'visible') return;
    if (Date.now() - shownAt > OLD_MS) say(false);
    if (isAsking) return;
    isAsking = true;
    try {
      // The request does not count as use: a page that nobody touches must not keep its session alive.
      const headers = { 'x-looks-on': '1' };
      const signal = AbortSignal.timeout(OLD_MS);
      const answer = await fetch(location.href, { headers, redirect: 'manual', cache: 'no-store', signal });
      // The session has ended: the browser shows the login.
      if (answer.type === 'opaqueredirect') return location.reload();
      if (!answer.ok) return say(false);
      show(new DOMParser().parseFromString(await answer.text(), 'text/html'));
      shownAt = Date.now();
      say(true);
    } catch {
      say(false);
    } finally {
      isAsking = false;
    }
  }

  document.addEventListener('visibilitychange', () => {
    state.hidden = true;
    shownAt = Date.now();
    void ask();
  });
  setInterval(ask, EVERY_MS);
  void ask();
})();
