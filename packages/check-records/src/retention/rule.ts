import type { ConfirmedTime } from '@ticket-check/exchange';
import {
  businessDate,
  businessDay,
  epochOf,
  monthsBefore,
  unixSecondsOf,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { allows, wholeNumber } from '@ticket-check/runtime';
import { type RawBuilder, sql } from 'kysely';
import { isDoubleAmong } from '../entries/entry-records.ts';
import { isDeliveryOf } from '../outbox/deliveries.ts';
import { haveSameKey } from '../tables/keys.ts';
import { beginningOf, monthOf } from '../tables/months.ts';
import { reverses } from '../tables/reversal-rows.ts';

/** How many months records are kept at least. Scheme 5.3.1.3; reading S3. */
export const RETENTION_FLOORS = { platform: 36, terminal: 12 } as const;

export type RetentionTerms = {
  /** The earlier of the own clock and the confirmed time: what it is at least. */
  readonly at: WallClock;
  /**
   * What is of this moment or later stays. The beginning of a business day (reading R8), so that a day goes as a whole; on PostgreSQL
   * of the first one of a month.
   */
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
  /** Whether months go as a whole, where each is a part of the tables. */
  byMonth?: boolean;
}): RetentionTerms {
  const { now, confirmed, months, resendDays, byMonth = false } = options;
  const own = wallClockAt(now);
  const [at = own] = [own, confirmed.at].toSorted();
  const cutoff = monthsBefore(businessDay(businessDate(at)).from, months);
  return {
    at,
    cutoff: byMonth ? beginningOf(monthOf(cutoff)) : cutoff,
    // A clock may be at its start, in 1970.
    deliveredSince: resendDays === null ? null : wallClockAt(Math.max(0, epochOf(at) - resendDays * DAY_MS)),
  };
}

/** Names a table, or the part of it that is gone through: a month, or what lies outside the months. */
export type PartOf = (table: string) => RawBuilder<unknown>;

/** Rows of a table that go with the records to which they belong. */
export type BesideRecords = {
  readonly table: string;
  /** As what they are counted; they are not without it. */
  readonly kind?: string;
  /** By what they belong to a record; by its ticket without it. */
  readonly columns?: readonly string[];
  /** Why a record, the row `given`, stays because of what is there, and when. */
  readonly stays?: Readonly<Record<string, (table: RawBuilder<unknown>) => RawBuilder<unknown>>>;
  /** Whether this service settles disputes over doubles: then a double stays only for a reason from here. */
  readonly settlesDoubles?: boolean;
};

/**
 * Why a record, the row `given`, has to stay although its CheckTime is old enough; null if it may go:
 * `LATER`: its session or its arrival here is not;
 * `QUARANTINED`: it is quarantined;
 * `UNSENT`: it waits for the upstream, parked ones included;
 * `UNTOLD`: what undoes it arrived here later and is neither delivered nor refused: a plain upstream never receives it;
 * `MAY_BE_SENT_AGAIN`: it was delivered in the last days, which a restored upstream is sent again;
 * `DOUBLE`: its ticket has another entry here. What is in dispute stays: where nobody can note how a dispute ended, that is every
 * ticket with more than one entry. What is beside adds reasons of its own. Scheme 5.3.1.3; reading S3.
 */
export function reasonToStay(
  partOf: PartOf,
  { cutoff, deliveredSince }: RetentionTerms,
  beside: readonly BesideRecords[],
): RawBuilder<string | null> {
  // StartTime too, which the code proves: a ticket must not become admissible again because its entry went.
  const isLater = ['checkTime', 'receivedAt', 'startTime'].map(
    (column) => sql`${sql.ref(`given.${column}`)} >= ${sql.lit(cutoff)}`,
  );
  const since = deliveredSince === null ? null : sql.lit(unixSecondsOf(deliveredSince));
  const reasons: readonly (readonly [reason: string, is: RawBuilder<unknown>])[] = [
    ['LATER', sql.join(isLater, sql` or `)],
    ['QUARANTINED', sql`given.quarantine is not null`],
    ['UNSENT', sql`exists (select 1 from outbox o where ${haveSameKey('o', 'given')})`],
    [
      'UNTOLD',
      sql`exists (select 1 from reversal v where ${reverses('v', 'given')}
        and v.delivered_at is null and v.error_code is null and v.received_at >= ${sql.lit(cutoff)})`,
    ],
    ...(since === null
      ? []
      : ([
          [
            'MAY_BE_SENT_AGAIN',
            sql`exists (select 1 from ${partOf('delivered_record')} d where ${isDeliveryOf('d', 'given')}
              and d.delivered_at >= ${since})`,
          ],
        ] as const)),
    ...(beside.some(({ settlesDoubles }) => settlesDoubles)
      ? []
      : ([['DOUBLE', sql`${isDoubleAmong(partOf('check_record'))} = 1`]] as const)),
    ...beside.flatMap(({ table, stays = {} }) =>
      Object.entries(stays).map(([reason, is]) => [reason, is(partOf(table))] as const),
    ),
  ];
  const whens = reasons.map(([reason, is]) => sql`when ${is} then ${sql.lit(reason)}`);
  return sql`case ${sql.join(whens, sql` `)} end`;
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
