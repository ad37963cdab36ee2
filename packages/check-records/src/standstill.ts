import { epochOf, type WallClock } from '@ticket-check/protocol';
import type { Holdup } from './forwarder/forwarder.ts';

const STANDS_AFTER_SECONDS = 600;

/**
 * Why reporting stands still: cinemas of which nothing was delivered for 10 minutes while something waits, each with its
 * cause. What an earlier process left is told by the oldest record that waits and the last delivery of all. Empty while it
 * moves, and where nothing is left but records that upstream refuses: those may never go, and are counted as parked.
 */
export function standstills(
  holdups: readonly Holdup[],
  { oldestWaiting, lastDeliveredAt }: { oldestWaiting: WallClock | null; lastDeliveredAt: WallClock | null },
  now: number,
): Pick<Holdup, 'cinemaCode' | 'code' | 'message' | 'seconds'>[] | [{ code: string; message: string }] {
  const held = holdups.filter(({ seconds }) => seconds >= STANDS_AFTER_SECONDS);
  if (held.length > 0) return held.map(({ failures: _, ...why }) => why);
  const isOld = (time: WallClock | null) => time === null || now - epochOf(time) >= STANDS_AFTER_SECONDS * 1000;
  if (oldestWaiting === null || !isOld(oldestWaiting) || !isOld(lastDeliveredAt)) return [];
  return [{ code: 'NOTHING_DELIVERED', message: 'records wait, and none was delivered for 10 minutes' }];
}
