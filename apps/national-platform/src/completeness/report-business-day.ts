import { type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  addDays,
  addSeconds,
  type BusinessDate,
  businessDate,
  MAX_TOLD_DAYS_BACK,
  ProtocolError,
  reportBusinessDayQuery,
  reportBusinessDayReplyJson,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { createTables, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { assertCinemasKnown, type CinemaTables } from '../cinemas/names.ts';

/** How far a caller's clock may be ahead, in seconds. */
const CLOCK_AHEAD_SECONDS = 600;

/**
 * ReportBusinessDay: a platform reports its number of entries for a cinema and business date, with number and hash of each hour.
 * The latest count is kept, so a report may arrive twice or late. Refuses with CINEMA_UNKNOWN, and with INVALID_QUERY for a date
 * that begins more than ten minutes ahead or lies more than 92 days back. Extension `business-days`; reading X10.
 */
export function reportBusinessDayApi(store: Store<ToldDayTables & CinemaTables>, now: Clock): SignedApi {
  return signedApi({
    name: APIS.reportBusinessDay,
    role: 'platform',
    bulk: true,
    priority: 'background',
    query: reportBusinessDayQuery,
    cinemasOf: ({ cinemaCode }) => [cinemaCode],
    async handle(day, call) {
      const toldAt = wallClockAt(now());
      assertTold(day.businessDate, toldAt);
      await assertCinemasKnown(store.db, [day]);
      const { countedAt, entries, delivered, hours } = day;
      const key = { businessDate: day.businessDate, cinemaCode: day.cinemaCode, username: call.account.username };
      const kept = await keepToldDay(store, key, {
        ...{ countedAt, toldAt, entries, delivered, hours: hours && JSON.stringify(hours) },
        overrides: Number(call.extended('overrides')),
        undone: Number(call.extended('undone-records')),
      });
      return reportBusinessDayReplyJson({ kept });
    },
  });
}

function assertTold(date: BusinessDate, at: WallClock): void {
  const latest = businessDate(addSeconds(at, CLOCK_AHEAD_SECONDS));
  if (date >= addDays(businessDate(at), -MAX_TOLD_DAYS_BACK) && date <= latest) return;
  throw new ProtocolError('INVALID_QUERY', `BusinessDate must lie in the last ${MAX_TOLD_DAYS_BACK} days`, {
    element: 'BusinessDate',
  });
}

/**
 * Keeps the report unless the kept one was counted later; a kept one dated in the future by the clock here is always replaced.
 * @returns false if the kept one was counted later
 */
async function keepToldDay(
  { db }: Store<ToldDayTables>,
  key: Pick<ToldDayRow, 'businessDate' | 'cinemaCode' | 'username'>,
  told: Omit<ToldDayRow, keyof typeof key>,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows: rows } = await db
    .insertInto('toldDay')
    .values({ ...key, ...told })
    .onConflict((conflict) =>
      conflict
        .columns(['businessDate', 'cinemaCode', 'username'])
        .doUpdateSet(told)
        .where(sql<boolean>`told_day.counted_at <= ${told.countedAt} or told_day.counted_at > ${told.toldAt}`),
    )
    .executeTakeFirst();
  return (rows ?? 0n) > 0n;
}

/** The last report of a platform for a cinema and business date. Reading X10. */
type ToldDayRow = {
  businessDate: string;
  cinemaCode: string;
  username: string;
  /** By the platform's own clock, and by the one here. */
  countedAt: string;
  toldAt: string;
  entries: number;
  /** How many of these it knows to be accepted here. */
  delivered: number;
  /** `HourOfRecords` of each hour, as JSON; null where only counts were reported. */
  hours: string | null;
  /** 1: its hashes cover overrides (reading R10) and undone entries (reading R9). */
  overrides: number;
  undone: number;
};

export type ToldDayTables = { toldDay: ToldDayRow };

export const toldDayMigrations = createTables<ToldDayTables>(
  sql`create table told_day (
    business_date text not null, cinema_code text not null, username text not null, counted_at text not null,
    told_at text not null, entries bigint not null, delivered bigint not null, hours text,
    overrides bigint not null, undone bigint not null, primary key (business_date, cinema_code, username)
  )`,
);
