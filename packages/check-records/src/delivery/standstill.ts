import { type CinemaCode, epochOf } from '@ticket-check/protocol';
import type { Holdup } from '../forwarder/forwarder.ts';
import type { StandingCinema } from '../outbox/standing-cinemas.ts';

/** A queue without deliveries for this long stands still. */
export const STANDS_AFTER_SECONDS = 600;

export type Standstill = Pick<Holdup, 'code' | 'message'> & {
  readonly cinemaCode: CinemaCode;
  readonly seconds: number;
};

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
  const causes = new Map(holdups.map((holdup) => [holdup.cinemaCode, holdup]));
  return standing.map(({ cinemaCode, since }) => ({
    cinemaCode,
    code: causes.get(cinemaCode)?.code ?? 'NOTHING_DELIVERED',
    message: causes.get(cinemaCode)?.message ?? 'records wait, and none was delivered for 10 minutes',
    seconds: Math.round((now - epochOf(since)) / 1000),
  }));
}
