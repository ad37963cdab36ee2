import { PHONE, type ScanAnswer } from '../src/admission/scan-answer.ts';
import type { KioskStatus, ScanEvent } from '../src/kiosk/screen/told.ts';
import { page } from './elements.ts';

const AGAIN_MS = 2000;

/** Subscribes to the events of the gate, and reconnects when they stop. */
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

/** Longer than the agent waits for its upstream. */
const LONGEST_MS = 15_000;
/** More than guests can scan while one is checked. */
const MAX_WAITING = 16;

/** Sends the reads of this page to `POST /scan`, one at a time; each gets an answer. */
export function createSender(handlers: {
  began(): void;
  answered(answer: ScanAnswer | null, inputMethod: boolean): void;
}) {
  /** Distinguishes this page's scans from those of others. */
  const scanner = `${page.staff === null ? 'kiosk-' : PHONE}${crypto.randomUUID().slice(0, 8)}`;
  const waiting: { text: string; inputMethod: boolean; resolve(answer: ScanAnswer | null): void }[] = [];
  let isSending = false;

  async function sendAll(): Promise<void> {
    if (isSending) return;
    isSending = true;
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      handlers.began();
      const answer = await post(one.text);
      handlers.answered(answer, one.inputMethod);
      one.resolve(answer);
    }
    isSending = false;
  }

  async function post(text: string): Promise<ScanAnswer | null> {
    try {
      const reply = await fetch('/scan', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-kiosk-key': page.key },
        body: JSON.stringify({ Text: text, Gate: page.gate, Scanner: scanner }),
        signal: AbortSignal.timeout(LONGEST_MS),
      });
      if (reply.status === 401 && page.staff !== null) location.reload();
      return reply.ok ? await reply.json() : null;
    } catch {
      return null;
    }
  }

  return {
    scanner,
    /** Resolves to the answer; null if there is none. */
    scan(text: string, inputMethod: boolean): Promise<ScanAnswer | null> {
      // A device that never stops typing must not delay the next guest.
      if (waiting.length >= MAX_WAITING) return Promise.resolve(null);
      return new Promise((resolve) => {
        waiting.push({ text, inputMethod, resolve });
        void sendAll();
      });
    },
  };
}
