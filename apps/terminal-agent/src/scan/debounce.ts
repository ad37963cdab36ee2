import type { Verdict } from '@ticket-check/protocol';
import { createLruCache } from '@ticket-check/runtime';
import { MAX_PLACES } from '../admission/scan-answer.ts';
import { isRenewedETicket } from '../scanner/reading/scan-text.ts';
import type { ScanResult } from './scan-result.ts';

/**
 * How a text relates to the previous scan. `first`: a scan of its own. `joined`: arrived while the same text was being scanned,
 * a second event of one physical read. `after`: arrived after the answer, and may be another person's.
 */
type Repeat = 'first' | 'joined' | 'after';

/** The page may renew its QR right after the answer, while the guest still holds it there; the next guest takes longer. */
const RENEWAL_MS = 5000;

/** Verdicts that may change a moment later. */
const PASSING: ReadonlySet<Verdict> = new Set([
  'KEYS_PENDING',
  'KEYS_UNAVAILABLE',
  'OFFLINE_REFUSED',
  'CLOCK_UNTRUSTED',
  'STORE_UNAVAILABLE',
]);

/** Whether a repeated read gets the same answer; not if the gate stayed shut, since it has to open after all. */
const doesStand = (result: ScanResult): boolean =>
  result.verdict === 'ADMIT' ? result.opened !== 'no' : !PASSING.has(result.verdict);

/**
 * Whether an answer also applies to the renewed QR of the same e-ticket: only if the QR counted, since one that does not count
 * says nothing about the next.
 */
const goesForRenewed = (result: ScanResult): boolean =>
  'instead' in result ||
  (result.ticket !== undefined && result.eTicket !== undefined && result.verdict !== 'ETICKET_STALE');

/**
 * Recognises repeated reads: a scanner held over a ticket sends the same text more than once. The same text from the same scanner
 * during its scan, or within `windowMs` after it, is the same physical read and gets the same answer. So does the renewed QR of an
 * e-ticket for at least 5 s if the earlier one counted: the guest takes that long to see the answer. Reading C8.
 */
export function createDebounce(windowMs: number, now = () => performance.now()) {
  /** `answeredAt`: null while the scan is under way; long ago if its answer must not be repeated. */
  type Read = { text: string; result: Promise<ScanResult>; answeredAt: number | null };
  const latest = createLruCache<Read>(MAX_PLACES);

  function begin(place: string, text: string, result: Promise<ScanResult>): void {
    const read: Read = { text, result, answeredAt: null };
    latest.set(place, read);
    const noteAnswer = (isKept: boolean) => {
      read.answeredAt = isKept ? now() : Number.NEGATIVE_INFINITY;
    };
    result.then(
      (value) => noteAnswer(doesStand(value)),
      () => noteAnswer(false),
    );
  }

  return async (
    { scanner, gate }: { scanner: string; gate: string },
    text: string,
    scan: () => Promise<ScanResult>,
  ): Promise<{ result: ScanResult; repeat: Repeat }> => {
    if (windowMs === 0) return { result: await scan(), repeat: 'first' };
    const place = `${gate}\n${scanner}`;
    const trimmed = text.trim();
    const read = latest.get(place);
    if (read !== undefined) {
      const repeat = read.answeredAt === null ? 'joined' : 'after';
      const ageMs = read.answeredAt === null ? 0 : now() - read.answeredAt;
      if (read.text === trimmed && ageMs < windowMs) return { result: await read.result, repeat };
      if (ageMs < Math.max(windowMs, RENEWAL_MS) && read.text !== trimmed && isRenewedETicket(read.text, trimmed)) {
        const result = await read.result;
        if (goesForRenewed(result)) return { result, repeat };
      }
    }
    const result = scan();
    begin(place, trimmed, result);
    return { result: await result, repeat: 'first' };
  };
}

/** Returns a function that runs `work` once, `ms` after the first call; what still waits when the process ends is not done. */
export function onceAfter(ms: number, work: () => void): () => void {
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      work();
    }, ms).unref();
  };
}
