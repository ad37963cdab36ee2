import type { ConfirmedTime } from '@ticket-check/exchange';
import { businessDate, businessDay, epochOf, monthsBefore, type WallClock, wallClockAt } from '@ticket-check/protocol';

/** How many months records are kept at least. Scheme 5.3.1.3; reading S3. */
export const RETENTION_FLOORS = { platform: 36, terminal: 12 } as const;

/** By what is old enough to go. */
export type RetentionTerms = {
  /** The earlier of the own clock and the confirmed time: what it is at least. */
  readonly at: WallClock;
  /** What is of this moment or later stays. The beginning of a business day (reading R8), so that a day goes as a whole. */
  readonly cutoff: WallClock;
  /** What was delivered since then may have to be sent again (reading X4); null if records go no further. */
  readonly deliveredSince: WallClock | null;
};

const DAY_MS = 86_400_000;

/**
 * What is old enough, by calendar months back from the earlier of two clocks: one that is years ahead must not delete what has
 * to be kept. Scheme 5.3.1.3; reading S3.
 */
export function retentionTerms(options: {
  /** The own clock, epoch milliseconds. */
  now: number;
  confirmed: Pick<ConfirmedTime, 'at'>;
  months: number;
  /** How many days back records are sent again to a restored upstream; null if they go no further. */
  resendDays: number | null;
}): RetentionTerms {
  const { now, confirmed, months, resendDays } = options;
  const own = wallClockAt(now);
  const [at = own] = [own, confirmed.at].toSorted();
  return {
    at,
    cutoff: monthsBefore(businessDay(businessDate(at)).from, months),
    // A clock may be at its start, in 1970.
    deliveredSince: resendDays === null ? null : wallClockAt(Math.max(0, epochOf(at) - resendDays * DAY_MS)),
  };
}
