import type { RecordId } from '@ticket-check/protocol';
import type { Waiting } from '../outbox/outbox.ts';

/**
 * What goes next towards a plain peer: the oldest of what is complete and of what was given up as incomplete. A record that
 * is still being completed is passed over and holds up nobody. Readings R2, R5.
 */
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
  return a.recordId < b.recordId ? -1 : a.recordId > b.recordId ? 1 : 0;
}
