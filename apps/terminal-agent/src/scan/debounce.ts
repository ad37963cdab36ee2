/** Which physical read a text comes from: the scanner, and the gate that it stands at. */
type ReadAt = { scanner: string; gate: string };

/**
 * How a text relates to the scan before it: `first` is a scan of its own; `joined` came while the same text was under way,
 * a second event of one physical read; `after` came once that had been answered, and may be another person's.
 */
type Repeat = 'first' | 'joined' | 'after';

export type Debounce<T> = {
  /** The answer to a text; unless that is the first, the one of the same read a moment ago. */
  answer(at: ReadAt, text: string, scan: () => Promise<T>): Promise<{ result: T; repeat: Repeat }>;
};

/** More scanners than any terminal has; names come from outside. */
const MAX_SCANNERS = 1000;

/**
 * A scanner that is held over a ticket sends the same text more than once. What comes again from the same scanner while
 * its scan is under way, or within `windowMs` after it, is the same physical read: it gets the same answer, and nothing
 * is done again. So does the QR of an e-ticket that was renewed while it was held there, where the earlier one counted, for at least
 * `renewalMs`: a guest takes that long to see the answer. Reading C8.
 *
 * @param stands whether an answer stands; one that asks for another try does not.
 * @param isRenewal whether a text takes the place of the earlier one
 * @param goesForRenewal whether an answer goes for such a text as well
 */
export function createDebounce<T>(options: {
  windowMs: number;
  stands: (result: T) => boolean;
  isRenewal?: (earlier: string, text: string) => boolean;
  goesForRenewal?: (result: T) => boolean;
  renewalMs?: number;
  now?: () => number;
}): Debounce<T> {
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
    async answer({ scanner, gate }, text, scan) {
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
