import { epochOf, type WallClock } from '@ticket-check/protocol';
import type { Holdup } from './forwarder/forwarder.ts';

const STANDS_AFTER_SECONDS = 600;

/**
 * Why reporting stands still: cinemas of which nothing was delivered for 10 minutes while something waits, each with its
 * cause. What an earlier process left is told by the oldest record and the last delivery of all. Empty while it moves.
 */
export function standstills(
  holdups: readonly Holdup[],
  { oldestUnsent, lastDeliveredAt }: { oldestUnsent: WallClock | null; lastDeliveredAt: WallClock | null },
  now: number,
): Pick<Holdup, 'cinemaCode' | 'code' | 'message' | 'seconds'>[] | [{ code: string; message: string }] {
  const held = holdups.filter(({ seconds }) => seconds >= STANDS_AFTER_SECONDS);
  if (held.length > 0) return held.map(({ failures: _, ...why }) => why);
  const isOld = (time: WallClock | null) => time === null || now - epochOf(time) >= STANDS_AFTER_SECONDS * 1000;
  if (oldestUnsent === null || !isOld(oldestUnsent) || !isOld(lastDeliveredAt)) return [];
  return [{ code: 'NOTHING_DELIVERED', message: 'records wait, and none was delivered for 10 minutes' }];
}
