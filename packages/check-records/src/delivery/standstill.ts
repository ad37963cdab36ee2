import { epochOf } from '@ticket-check/protocol';
import type { Holdup } from '../forwarder/forwarder.ts';
import type { StandingCinema } from '../outbox/standing-cinemas.ts';

/** A queue without deliveries for this long stands still. */
export const STANDS_AFTER_SECONDS = 600;

export type Standstill = Pick<Holdup, 'cinemaCode' | 'code' | 'message' | 'seconds'>;

/**
 * Why reporting stands still: the cinemas without deliveries for 10 minutes while something waits, each with its cause if this
 * process knows it; another process may be the one that sends. Empty while all of them move.
 *
 * @param now epoch milliseconds
 */
export function standstills(
  holdups: readonly Holdup[],
  standing: readonly StandingCinema[],
  now: number,
): Standstill[] {
  const held = holdups.filter(({ seconds }) => seconds >= STANDS_AFTER_SECONDS);
  const named = new Set(held.map(({ cinemaCode }) => cinemaCode));
  const causes = new Map(holdups.map((holdup) => [holdup.cinemaCode, holdup]));
  const others = standing.filter(({ cinemaCode }) => !named.has(cinemaCode));
  return [
    ...held.map(({ failures: _, ...why }) => why),
    ...others.map(({ cinemaCode, since }) => ({
      cinemaCode,
      code: causes.get(cinemaCode)?.code ?? 'NOTHING_DELIVERED',
      message: causes.get(cinemaCode)?.message ?? 'records wait, and none was delivered for 10 minutes',
      seconds: Math.round((now - epochOf(since)) / 1000),
    })),
  ];
}
