/**
 * How a text relates to the previous scan. `first`: a scan of its own. `joined`: arrived while the same text was being scanned,
 * a second event of one physical read. `after`: arrived after the answer, and may be another person's.
 */
type Repeat = 'first' | 'joined' | 'after';

/** More scanners than any terminal has; bounds memory, since callers choose the names. */
const MAX_SCANNERS = 1000;

/**
 * Recognises repeated reads: a scanner held over a ticket sends the same text more than once. The same text from the same scanner
 * during its scan, or within `windowMs` after it, is the same physical read and gets the same answer. So does the renewed QR of an
 * e-ticket for at least `renewalMs` if the earlier one counted: the guest takes that long to see the answer. Reading C8.
 *
 * @param stands whether an answer may be repeated; one that asks for another try may not
 * @param isRenewal whether a text is the renewed QR of the earlier one
 * @param goesForRenewal whether an answer applies to the renewed QR too
 */
export function createDebounce<T>(options: {
  windowMs: number;
  stands: (result: T) => boolean;
  isRenewal?: (earlier: string, text: string) => boolean;
  goesForRenewal?: (result: T) => boolean;
  renewalMs?: number;
  now?: () => number;
}) {
  const { windowMs, stands, now = () => performance.now() } = options;
  const { isRenewal = () => false, goesForRenewal = () => false, renewalMs = windowMs } = options;
  type Read = { text: string; result: Promise<T>; until: number; renewableUntil: number };
  const latest = new Map<string, Read>();

  function begin(key: string, text: string, result: Promise<T>): void {
    const read: Read = { text, result, until: Number.POSITIVE_INFINITY, renewableUntil: Number.POSITIVE_INFINITY };
    const end = (answeredAt: number) => {
      read.until = answeredAt + windowMs;
      read.renewableUntil = answeredAt + Math.max(windowMs, renewalMs);
    };
    latest.delete(key);
    latest.set(key, read);
    const [oldest] = latest.keys();
    if (latest.size > MAX_SCANNERS && oldest !== undefined) latest.delete(oldest);
    result.then(
      (value) => end(stands(value) ? now() : Number.NEGATIVE_INFINITY),
      () => end(Number.NEGATIVE_INFINITY),
    );
  }

  return {
    async answer(
      { scanner, gate }: { scanner: string; gate: string },
      text: string,
      scan: () => Promise<T>,
    ): Promise<{ result: T; repeat: Repeat }> {
      if (windowMs === 0) return { result: await scan(), repeat: 'first' };
      const key = `${gate}\n${scanner}`;
      const trimmed = text.trim();
      const read = latest.get(key);
      if (read !== undefined) {
        const repeat = read.until === Number.POSITIVE_INFINITY ? 'joined' : 'after';
        if (read.text === trimmed && now() < read.until) return { result: await read.result, repeat };
        if (now() < read.renewableUntil && read.text !== trimmed && isRenewal(read.text, trimmed)) {
          const result = await read.result;
          if (goesForRenewal(result)) return { result, repeat };
        }
      }
      const result = scan();
      begin(key, trimmed, result);
      return { result: await result, repeat: 'first' };
    },
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
