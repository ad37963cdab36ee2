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
import { doublesAmong, isDoubleAmong } from '../entries/entry-records.ts';
import { isDeliveryOf } from '../outbox/deliveries.ts';
import { haveSameKey, haveSameTicket } from '../tables/keys.ts';
import { beginningOf, monthOf } from '../tables/months.ts';
import { reverses } from '../tables/reversal-rows.ts';

/** How many months records are kept at least. Scheme 5.3.1.3; reading S3. */
export const RETENTION_FLOORS = { platform: 36, terminal: 12 } as const;

export type RetentionTerms = {
  /** The earlier of the own clock and the confirmed time: what it is at least. */
  readonly at: WallClock;
  /** What is of this moment or later stays: the beginning of a business day (reading R8), on PostgreSQL of a month. */
  readonly cutoff: WallClock;
  /** What was delivered since then may have to be sent again (reading X4); null if records go no further. */
  readonly deliveredSince: WallClock | null;
};

const DAY_MS = 86_400_000;

/** What is old enough, by the earlier of two clocks: one that is years ahead deletes nothing. Scheme 5.3.1.3; S3. */
export function retentionTerms(options: {
  /** The own clock, epoch milliseconds. */
  now: number;
  confirmed: Pick<ConfirmedTime, 'at'>;
  months: number;
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
  /** Those of the record, where they have other names. */
  readonly ofRecord?: readonly string[];
  /** Why a record, the row `given`, stays, and when. */
  readonly stays?: Readonly<Record<string, RawBuilder<unknown>>>;
  /** Why it stays because of a row there that belongs to it, `b`, and what such a row is like. */
  readonly staysBeside?: Readonly<Record<string, RawBuilder<unknown>>>;
  /** Whether this service settles disputes over doubles: then a double stays only for a reason from here. */
  readonly settlesDoubles?: boolean;
};

export const KEY = ['record_id', 'identity', 'cinema_code', 'start_time'];
const TICKET = ['start_time', 'cinema_code', 'film_ticket_code'];

/** The columns of a table beside records and those of a record that are equal where a row belongs to it. */
export function columnsOf({ columns = TICKET, ofRecord = columns }: Pick<BesideRecords, 'columns' | 'ofRecord'>) {
  const belongs = columns.map((column, n) => sql`${sql.ref(`b.${column}`)} = ${sql.ref(`given.${ofRecord[n]}`)}`);
  return { columns, ofRecord, belongs: sql<boolean>`${sql.join(belongs, sql` and `)}` };
}

/** `is`: whether a record, the row `given`, stays. `beside`: what to join all records with, to find those that do at once. */
type ReasonToStay = readonly [reason: string, is: RawBuilder<unknown>, beside?: RawBuilder<unknown>];

/**
 * Why a record has to stay although its CheckTime is old enough, the first reason first:
 * `LATER`: its session or its arrival here is not;
 * `QUARANTINED`: it is quarantined;
 * `UNSENT`: it waits for the upstream, parked ones included;
 * `UNTOLD`: what undoes it arrived here later and is neither delivered nor refused: a plain upstream never receives it;
 * `MAY_BE_SENT_AGAIN`: it was delivered in the last days, which a restored upstream is sent again;
 * `DOUBLE`: its ticket has another entry here. What is in dispute stays: where nobody can note how a dispute ended, that is every
 * ticket with more than one entry. What is beside adds reasons of its own. Scheme 5.3.1.3; reading S3.
 */
export function reasonsToStay(
  partOf: PartOf,
  { cutoff, deliveredSince }: RetentionTerms,
  beside: readonly BesideRecords[],
): ReasonToStay[] {
  // StartTime too, which the code proves: a ticket must not become admissible again because its entry went.
  const at = sql.lit(cutoff);
  const isLater = sql`given.check_time >= ${at} or given.received_at >= ${at} or given.start_time >= ${at}`;
  const isUntold = sql`${reverses('b', 'given')}
    and b.delivered_at is null and b.error_code is null and b.received_at >= ${at}`;
  const reasons: ReasonToStay[] = [
    ['LATER', isLater],
    ['QUARANTINED', sql`given.quarantine is not null`],
    ['UNSENT', ...whereThereIs(sql`outbox`, haveSameKey('b', 'given'))],
    ['UNTOLD', ...whereThereIs(sql`reversal`, isUntold)],
  ];
  if (deliveredSince !== null) {
    const isLate = sql`${isDeliveryOf('b', 'given')} and b.delivered_at >= ${sql.lit(unixSecondsOf(deliveredSince))}`;
    reasons.push(['MAY_BE_SENT_AGAIN', ...whereThereIs(partOf('delivered_record'), isLate)]);
  }
  if (!beside.some(({ settlesDoubles }) => settlesDoubles)) {
    const records = partOf('check_record');
    const doubles = sql`${doublesAmong(records)} b on ${haveSameTicket('b', 'given')}`;
    reasons.push(['DOUBLE', sql`${isDoubleAmong(records)} = 1`, doubles]);
  }
  for (const { table, stays = {}, staysBeside = {}, ...rows } of beside) {
    for (const [reason, is] of Object.entries(stays)) reasons.push([reason, is]);
    for (const [reason, is] of Object.entries(staysBeside)) {
      reasons.push([reason, ...whereThereIs(partOf(table), sql`${columnsOf(rows).belongs} and ${is}`)]);
    }
  }
  return reasons;
}

const whereThereIs = (table: RawBuilder<unknown>, is: RawBuilder<unknown>) =>
  [sql`exists (select 1 from ${table} b where ${is})`, sql`${table} b on ${is}`] as const;

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
