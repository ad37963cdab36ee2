import type { RecordId } from '@ticket-check/protocol';
import type { Waiting } from '../outbox/outbox.ts';

/** What goes next towards a plain peer: the oldest of what is complete or was given up. Readings R2, R5. */
export function planBatch(
  complete: readonly Waiting[],
  incomplete: readonly Waiting[],
  isGivenUp: (recordId: RecordId) => boolean,
  most: number,
): Waiting[] {
  const ready = [...complete, ...incomplete.filter(({ record }) => isGivenUp(record.recordId))];
  return ready.sort(byCheckTime).slice(0, most);
}

function byCheckTime({ record: a }: Waiting, { record: b }: Waiting): number {
  if (a.checkTime !== b.checkTime) return a.checkTime < b.checkTime ? -1 : 1;
  return a.recordId < b.recordId ? -1 : 1;
}

/** Bytes of one report's JSON: less than any platform takes, whatever the names of its records are written with. */
const MAX_BATCH_BYTES = 1_000_000;

/** The beginning of a batch that fits a request; at least one record, so that the peer refuses one that is too large. */
export function fit<T>(batch: readonly T[], bytesOf: (item: T) => number, most = MAX_BATCH_BYTES): T[] {
  let bytes = 0;
  const end = batch.findIndex((item, index) => {
    bytes += bytesOf(item) + 1;
    return index > 0 && bytes > most;
  });
  return batch.slice(0, end === -1 ? batch.length : end);
}

/** How long to hold after failures in a row; `failures` 0 is no hold. */
export type Backoff = { readonly failures: number; readonly until: number };

export const NO_HOLD: Backoff = { failures: 0, until: 0 };

const MAX_MS = 60_000;

/** One more failure: twice as long as before, at most a minute, shortened by chance so that senders do not march in step. */
export function hold({ failures }: Backoff, firstMs: number, now: number, random: number): Backoff {
  const longest = Math.min(firstMs * 2 ** failures, MAX_MS);
  return { failures: failures + 1, until: now + Math.round(longest * (1 - random / 2)) };
}
