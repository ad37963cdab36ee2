import { type SignedApi, signedApi } from '@ticket-check/exchange/service';
import {
  APIS,
  addDays,
  addSeconds,
  type BusinessDate,
  type BusinessDayReport,
  businessDate,
  type CinemaCode,
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
import type { ToldDayRow, ToldDayTables } from './told-day-tables.ts';

/** What the clock of whoever asks may be ahead, in seconds. */
const CLOCK_AHEAD_SECONDS = 600;

/**
 * ReportBusinessDay: a platform tells how many entries it has of a cinema and business date, and what came of comparing them with what
 * is here. The last count is kept, so that it may come twice, or after a later one. Refuses with CINEMA_UNKNOWN, and INVALID_QUERY for a
 * date that begins more than ten minutes ahead or lies more than 92 days back, so that nobody fills the store with days that there were not. Extension `business-days`; reading X10.
 */
export function reportBusinessDayApi(store: Store<ToldDayTables & CinemaTables>, now: Clock): SignedApi {
  return signedApi({
    name: APIS.reportBusinessDay,
    role: 'platform',
    priority: 'background',
    query: reportBusinessDayQuery,
    cinemasOf: ({ cinemaCode }) => [cinemaCode],
    async handle(day, call) {
      const toldAt = wallClockAt(now());
      assertTold(day.businessDate, toldAt);
      await assertKnown(store, day.cinemaCode);
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

async function assertKnown(store: Store<CinemaTables>, cinemaCode: CinemaCode): Promise<void> {
  const cinema = await store.db
    .selectFrom('cinema')
    .select('cinemaCode')
    .where('cinemaCode', '=', cinemaCode)
    .executeTakeFirst();
  if (cinema === undefined) throw new ProtocolError('CINEMA_UNKNOWN', `The cinema ${cinemaCode} is not known here.`);
}

/**
 * Keeps what was told unless what is kept was counted later; a count from the future, by the clock here, keeps nothing out. What
 * came of comparing stands until it is compared again: a count alone does not undo it.
 */
async function keepToldDay(
  store: Store<ToldDayTables>,
  day: BusinessDayReport,
  told: {
    readonly username: string;
    readonly toldAt: WallClock;
    readonly overrides: boolean;
    readonly undone: boolean;
  },
): Promise<boolean> {
  const { businessDate, cinemaCode, countedAt, entries, delivered, compared } = day;
  const counts: Pick<ToldDayRow, 'countedAt' | 'toldAt' | 'entries' | 'delivered'> = {
    countedAt,
    toldAt: told.toldAt,
    entries,
    delivered,
  };
  const comparison: Omit<ToldDayRow, keyof typeof counts | 'businessDate' | 'cinemaCode' | 'username'> = {
    hours: compared === null ? null : JSON.stringify(compared.hours),
    overrides: Number(told.overrides),
    undone: Number(told.undone),
    differences: JSON.stringify(compared?.differences ?? []),
    moreDifferences: compared?.moreDifferences ?? 0,
  };
  const { numInsertedOrUpdatedRows: rows } = await store.db
    .insertInto('toldDay')
    .values({ businessDate, cinemaCode, username: told.username, ...counts, ...comparison })
    .onConflict((conflict) =>
      conflict
        .columns(['businessDate', 'cinemaCode', 'username'])
        .doUpdateSet(compared === null ? counts : { ...counts, ...comparison })
        .where(sql<boolean>`told_day.counted_at <= ${countedAt} or told_day.counted_at > ${told.toldAt}`),
    )
    .executeTakeFirst();
  return (rows ?? 0n) > 0n;
}
