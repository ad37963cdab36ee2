// Keeps a page of forms as its service has it: what the service tells of the page's topic has the page asked for again, and the
// parts that have changed put in the place of those that are shown. Without this script the page says how old it is.
(() => {
  const page = document.querySelector('main[data-follow]');
  const state = page?.querySelector('[data-follow-state]');
  if (!state) return;
  /** A connection that was refused or cut off is begun again after so long. */
  const AGAIN_MS = 5000;
  /** Ages that the page tells grow also while nothing else changes. */
  const AGES_MS = 30_000;
  /** A question that is answered no more, as on a line that ended without a word, is given up for the next. */
  const ANSWER_MS = 10_000;
  let source = null;
  let again;
  let silence;
  /** How long the service may be silent, as it said last. */
  let silenceMs = null;
  let isAsking = false;
  /** Whether the page is as the last question found it: the last one was answered. */
  let isAnswered = true;
  let isDue = false;
  let isPressed = false;
  let waiting = null;

  function say(isLive) {
    const text = isLive ? state.dataset.live : state.dataset.cut;
    state.hidden = false;
    state.className = isLive ? 'label good' : 'label warn';
    if (state.textContent !== text) state.textContent = text;
  }

  /** A button that is being pressed stays where it is, and what has the focus keeps it. */
  function show(asked) {
    if (isPressed) {
      waiting = asked;
      return;
    }
    waiting = null;
    const token = asked.querySelector('[name=_csrf]')?.getAttribute('value');
    if (token) for (const field of document.querySelectorAll('[name=_csrf]')) field.setAttribute('value', token);
    for (const part of page.querySelectorAll('[data-part]')) {
      const now = asked.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!now || now.isEqualNode(part)) continue;
      const held = part.contains(document.activeElement) ? document.activeElement : null;
      part.replaceChildren(...now.childNodes);
      if (held) [...part.querySelectorAll(held.localName)].find((one) => one.isEqualNode(held))?.focus();
    }
  }

  async function ask() {
    isDue = true;
    if (isAsking) return;
    isAsking = true;
    try {
      while (isDue && source !== null) {
        isDue = false;
        // To look on is not to use: a page that nobody touches must not keep its session from ending.
        const headers = { 'x-looks-on': '1' };
        const signal = AbortSignal.timeout(ANSWER_MS);
        const asked = { headers, redirect: 'manual', cache: 'no-store', signal };
        const answer = await fetch(location.href, asked).catch(() => null);
        if (answer?.type === 'opaqueredirect') return location.reload();
        // A connection breaks within an answer, too.
        const text = answer?.ok ? await answer.text().catch(() => null) : null;
        isAnswered = text !== null;
        if (text === null) say(false);
        else {
          show(new DOMParser().parseFromString(text, 'text/html'));
          if (source?.readyState === EventSource.OPEN) say(true);
        }
      }
    } finally {
      isAsking = false;
    }
  }

  /** A service that sends no heartbeat may be frozen, or the connection ended without a word. */
  function heard(limitMs) {
    silenceMs = limitMs;
    clearTimeout(silence);
    if (silenceMs === null) return;
    silence = setTimeout(() => {
      say(false);
      open();
    }, silenceMs);
  }

  function open() {
    close();
    let isTold = false;
    source = new EventSource(`/events?${page.dataset.follow}`);
    heard(silenceMs);
    source.addEventListener('told', () => {
      isTold = true;
      heard(silenceMs);
      if (isAnswered) say(true);
      void ask();
    });
    source.addEventListener('beat', ({ data }) => {
      heard(Number(data));
      if (isTold && isAnswered) say(true);
    });
    source.addEventListener('end', () => location.reload());
    source.addEventListener('error', () => {
      // A browser may begin the stream again by itself.
      isTold = false;
      say(false);
      if (source?.readyState !== EventSource.CLOSED) return;
      again = setTimeout(open, AGAIN_MS);
      // It leads to the login where that is why.
      void ask();
    });
  }

  function close() {
    clearTimeout(again);
    clearTimeout(silence);
    source?.close();
    source = null;
  }

  /** A page that nobody sees follows nothing: browsers open six connections to a host. */
  function follow() {
    if (document.visibilityState !== 'visible') return close();
    if (source !== null) return;
    // What stood here while nobody looked may be old by now.
    state.hidden = true;
    open();
  }

  function release() {
    isPressed = false;
    // The click comes first.
    if (waiting !== null) setTimeout(() => waiting !== null && show(waiting));
  }

  document.addEventListener('visibilitychange', follow);
  document.addEventListener('pointerdown', ({ button }) => {
    if (button === 0) isPressed = true;
  });
  document.addEventListener('pointerup', release);
  document.addEventListener('pointercancel', release);
  // Where a menu opens, or another window comes to the front, nobody is told that a button was let go.
  document.addEventListener('contextmenu', release);
  window.addEventListener('blur', release);
  setInterval(() => source !== null && void ask(), AGES_MS);
  follow();
})();
