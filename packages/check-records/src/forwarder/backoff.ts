/** How long to hold after failures in a row; `failures` 0 is no hold. */
export type Backoff = { readonly failures: number; readonly until: number };

export const NO_HOLD: Backoff = { failures: 0, until: 0 };

const MAX_MS = 60_000;

/** One more failure: twice as long as before, at most a minute, shortened by chance so that senders do not march in step. */
export function hold({ failures }: Backoff, firstMs: number, now: number, random: number): Backoff {
  const longest = Math.min(firstMs * 2 ** failures, MAX_MS);
  return { failures: failures + 1, until: now + Math.round(longest * (1 - random / 2)) };
}
