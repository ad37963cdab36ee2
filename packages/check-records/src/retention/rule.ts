import type { ConfirmedTime } from '@ticket-check/exchange';
import { businessDate, businessDay, epochOf, monthsBefore, type WallClock, wallClockAt } from '@ticket-check/protocol';
import { allows, wholeNumber } from '@ticket-check/runtime';
import type { CheckRecordRow } from '../tables/tables.ts';

/** How many months records are kept at least. Scheme 5.3.1.3; reading S3. */
export const RETENTION_FLOORS = { platform: 36, terminal: 12 } as const;

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

/**
 * Why a record stays although its CheckTime is old enough:
 * `LATER`: its session or its arrival here is not;
 * `QUARANTINED`: it is quarantined;
 * `UNSENT`: it waits for the upstream, parked ones included;
 * `MAY_BE_SENT_AGAIN`: it was delivered in the last days, which a restored upstream is sent again;
 * `DOUBLE`: its ticket has another entry here. A service may add reasons of its own.
 */
type ReasonToStay = 'LATER' | 'QUARANTINED' | 'UNSENT' | 'MAY_BE_SENT_AGAIN' | 'DOUBLE';

/** What the store knows of a record beside its row. */
export type RecordFacts = {
  readonly isQueued: boolean;
  /** Whether another record of its ticket counts too, if nobody can note how that ended. */
  readonly isDouble: boolean;
  /** When the upstream accepted it; null if it did not, or if unknown. */
  readonly deliveredAt: string | null;
};

type OldRecord = Pick<CheckRecordRow, 'startTime' | 'checkTime' | 'receivedAt' | 'quarantine'>;

/**
 * Whether a record has to stay, and why; null if it may go. What is in dispute stays: where nobody can note how a dispute
 * ended, that is every ticket with more than one entry. Scheme 5.3.1.3; reading S3.
 */
export function reasonToStay(
  record: OldRecord,
  { isQueued, isDouble, deliveredAt }: RecordFacts,
  { cutoff, deliveredSince }: RetentionTerms,
): ReasonToStay | null {
  // StartTime too, which the code proves: a ticket must not become admissible again because its entry went.
  if ([record.checkTime, record.receivedAt, record.startTime].some((time) => time >= cutoff)) return 'LATER';
  if (record.quarantine !== null) return 'QUARANTINED';
  if (isQueued) return 'UNSENT';
  if (deliveredAt !== null && deliveredSince !== null && deliveredAt >= deliveredSince) return 'MAY_BE_SENT_AGAIN';
  return isDouble ? 'DOUBLE' : null;
}

const MAX_MONTHS = 600;

/** How long a service keeps check records; it spreads this into its own shape. Scheme 5.3.1.3; reading S3. */
export function retentionSettings(floorMonths: number) {
  return {
    // How many months check records and what belongs to them are kept; the scheme's floor can only be raised.
    RETENTION_MONTHS: allows(
      wholeNumber(floorMonths, MAX_MONTHS),
      `a whole number from ${floorMonths} to ${MAX_MONTHS}: check records are kept for ${floorMonths / 12} ${floorMonths === 12 ? 'year' : 'years'} at least (5.3.1.3 of the scheme)`,
      `${floorMonths} 到 ${MAX_MONTHS} 的整数：检票记录至少保存 ${floorMonths / 12} 年（方案 5.3.1.3）`,
    ).default(floorMonths),
  };
}
