import { type SignedApi, signedApi } from '@ticket-check/exchange/service';
import {
  APIS,
  addDays,
  addSeconds,
  type BusinessDate,
  type BusinessDayReport,
  businessDate,
  MAX_TOLD_DAYS_BACK,
  OVERRIDES_EXTENSION,
  ProtocolError,
  reportBusinessDayQuery,
  reportBusinessDayReplyJson,
  UNDONE_RECORDS_EXTENSION,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { CinemaTables } from '../cinemas/cinema-tables.ts';
import { assertCinemasKnown } from '../cinemas/known-cinemas.ts';
import type { ToldDayTables } from './told-day-tables.ts';

/** What the clock of whoever asks may be ahead, in seconds. */
const CLOCK_AHEAD_SECONDS = 600;

/**
 * ReportBusinessDay: a platform reports how many entries it has of a cinema and business date, and what each hour holds. The last count
 * is kept, so that it may come twice, or after a later one. Refuses with CINEMA_UNKNOWN, and INVALID_QUERY for a date that begins more
 * than ten minutes ahead or lies more than 92 days back. Extension `business-days`; reading X10.
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
      await assertCinemasKnown(store, store.db, [day]);
      const kept = await keepToldDay(store, day, {
        username: call.account.username,
        toldAt,
        overrides: call.extended(OVERRIDES_EXTENSION),
        undone: call.extended(UNDONE_RECORDS_EXTENSION),
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

type Told = {
  readonly username: string;
  readonly toldAt: WallClock;
  readonly overrides: boolean;
  readonly undone: boolean;
};

/**
 * Keeps what was reported unless what is kept was counted later; a count from the future, by the clock here, keeps nothing out. Hours
 * that were reported stand until others are: a count without them undoes nothing.
 * @returns false where something was counted later
 */
async function keepToldDay(
  { db }: Store<ToldDayTables>,
  { businessDate, cinemaCode, countedAt, entries, delivered, hours }: BusinessDayReport,
  { username, toldAt, overrides, undone }: Told,
): Promise<boolean> {
  const counts = { countedAt, toldAt, entries, delivered };
  const compared = {
    hours: hours && JSON.stringify(hours),
    comparedAt: hours && countedAt,
    overrides: Number(overrides),
    undone: Number(undone),
  };
  const { numInsertedOrUpdatedRows: rows } = await db
    .insertInto('toldDay')
    .values({ businessDate, cinemaCode, username, ...counts, ...compared })
    .onConflict((conflict) =>
      conflict
        .columns(['businessDate', 'cinemaCode', 'username'])
        .doUpdateSet({ ...counts, ...(hours !== null && compared) })
        .where(sql<boolean>`told_day.counted_at <= ${countedAt} or told_day.counted_at > ${toldAt}`),
    )
    .executeTakeFirst();
  return (rows ?? 0n) > 0n;
}
