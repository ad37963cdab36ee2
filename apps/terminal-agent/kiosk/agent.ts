import { PHONE, type ScanAnswer, type ScanEvent } from '../src/admission/scan-answer.ts';
import type { KioskStatus } from '../src/kiosk/screen/told.ts';
import { page, post } from './elements.ts';

const AGAIN_MS = 2000;

export function listen(handlers: {
  status(status: KioskStatus & { build: string }): void;
  scan(event: ScanEvent): void;
  gone(): void;
}): void {
  const source = new EventSource(`/kiosk/events?gate=${encodeURIComponent(page.gate)}`);
  source.addEventListener('status', ({ data }) => handlers.status(JSON.parse(data)));
  source.addEventListener('scan', ({ data }) => handlers.scan(JSON.parse(data)));
  source.addEventListener('error', () => {
    handlers.gone();
    // The browser does not reconnect after a refusal. The login on a phone may have ended: the agent leads to it.
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => (page.staff === null ? listen(handlers) : location.reload()), AGAIN_MS);
  });
}

/** More than guests can scan while one is checked. */
const MAX_WAITING = 16;

/** Sends the reads of this page to `POST /scan`, one at a time; each gets an answer. */
export function createSender(handlers: {
  began(): void;
  answered(answer: ScanAnswer | null, inputMethod: boolean): void;
}) {
  const scanner = `${page.staff === null ? 'kiosk-' : PHONE}${crypto.randomUUID().slice(0, 8)}`;
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  async function send(text: string, inputMethod: boolean): Promise<ScanAnswer | null> {
    handlers.began();
    const reply = await post('/scan', { Text: text, Gate: page.gate, Scanner: scanner });
    if (reply?.status === 401 && page.staff !== null) location.reload();
    const answer = reply?.ok ? await reply.json().catch(() => null) : null;
    waiting -= 1;
    handlers.answered(answer, inputMethod);
    return answer;
  }

  return {
    scanner,
    /** Resolves to the answer; null if there is none. */
    scan(text: string, inputMethod: boolean): Promise<ScanAnswer | null> {
      // A device that never stops typing must not delay the next guest.
      if (waiting > MAX_WAITING) return Promise.resolve(null);
      waiting += 1;
      const sent = last.then(() => send(text, inputMethod));
      last = sent;
      return sent;
    },
  };
}
