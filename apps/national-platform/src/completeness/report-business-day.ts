import { type SignedApi, signedApi } from '@ticket-check/exchange/service';
import {
  APIS,
  addDays,
  addSeconds,
  type BusinessDate,
  type BusinessDayReport,
  businessDate,
  type ComparedDay,
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
import { type Kysely, sql } from 'kysely';
import type { CinemaTables } from '../cinemas/cinema-tables.ts';
import { assertCinemasKnown } from '../cinemas/known-cinemas.ts';
import { forgetSome } from './former-comparisons.ts';
import type { ToldDayRow, ToldDayTables } from './told-day-tables.ts';
import type { ToldDayKey, ToldDifferenceTables } from './told-difference-tables.ts';
import { countKept, createRoomForDifferences, cutComparison, insertDifferences } from './told-differences.ts';

/** What the clock of whoever asks may be ahead, in seconds. */
const CLOCK_AHEAD_SECONDS = 600;

type Tables = ToldDayTables & ToldDifferenceTables;

/**
 * ReportBusinessDay: a platform tells how many entries it has of a cinema and business date, and what came of comparing them with what
 * is here. The last count is kept, so that it may come twice, or after a later one. Refuses with CINEMA_UNKNOWN, and INVALID_QUERY for
 * a date that begins more than ten minutes ahead or lies more than 92 days back. Extensions `business-days`, `named-differences`;
 * reading X10.
 */
export function reportBusinessDayApi(store: Store<Tables & CinemaTables>, now: Clock): SignedApi {
  const makeRoom = createRoomForDifferences(store);
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
      const { username } = call.account;
      const count = day.compared?.differences.length ?? 0;
      const { businessDate: date, cinemaCode, countedAt } = day;
      if (count > 0) await makeRoom({ username, businessDate: date, cinemaCode, countedAt }, count);
      const kept = await keepToldDay(store, day, {
        username,
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
 * Keeps what was told unless what is kept was counted later. What came of comparing stands until another comparison was told to its end:
 * neither a count alone nor a part of it undoes that.
 * @returns false where something was counted later, or differences that were told before are not there
 */
async function keepToldDay(store: Store<Tables>, day: BusinessDayReport, told: Told): Promise<boolean> {
  const { compared, countedAt } = day;
  const key = { username: told.username, businessDate: day.businessDate, cinemaCode: day.cinemaCode };
  if (compared === null) return keepCounts(store.db, key, day, told.toldAt);
  if (!compared.follow) await cutComparison(store, { ...key, countedAt }, totalOf(compared));
  const kept = await store.transaction(async (trx) => {
    if (!(await keepCounts(trx, key, day, told.toldAt))) return 'counted later';
    await insertDifferences(store, trx, { ...key, countedAt }, compared);
    return compared.follow || (await endComparison(trx, key, { ...day, compared }, told)) ? 'kept' : 'in part';
  });
  // The rest is left to a job: up to 200,000 rows take longer than a caller waits.
  if (kept !== 'counted later') await forgetSome(store, key);
  return kept === 'kept';
}

/** @returns false where what is kept was counted later; a count from the future, by the clock here, keeps nothing out */
async function keepCounts(
  db: Kysely<ToldDayTables>,
  key: ToldDayKey,
  { countedAt, entries, delivered }: BusinessDayReport,
  toldAt: WallClock,
): Promise<boolean> {
  const counts = { countedAt, toldAt, entries, delivered };
  const { numInsertedOrUpdatedRows: rows } = await db
    .insertInto('toldDay')
    .values({ ...key, ...counts, comparedAt: null, hours: null, overrides: 0, undone: 0 })
    .onConflict((conflict) =>
      conflict
        .columns(['businessDate', 'cinemaCode', 'username'])
        .doUpdateSet(counts)
        .where(sql<boolean>`told_day.counted_at <= ${countedAt} or told_day.counted_at > ${toldAt}`),
    )
    .executeTakeFirst();
  return (rows ?? 0n) > 0n;
}

/** Has a comparison take the place of the former one; @returns false where differences that were told before are not there */
async function endComparison(
  db: Kysely<Tables>,
  key: ToldDayKey,
  { countedAt, compared }: BusinessDayReport & { readonly compared: ComparedDay },
  { overrides, undone }: Told,
): Promise<boolean> {
  if ((await countKept(db, { ...key, countedAt })) !== totalOf(compared)) return false;
  const comparison: Pick<ToldDayRow, 'comparedAt' | 'hours' | 'overrides' | 'undone'> = {
    comparedAt: countedAt,
    hours: JSON.stringify(compared.hours),
    overrides: Number(overrides),
    undone: Number(undone),
  };
  await db
    .updateTable('toldDay')
    .set(comparison)
    .where((eb) => eb.and(key))
    .execute();
  return true;
}

const totalOf = ({ before, differences }: Pick<ComparedDay, 'before' | 'differences'>) => before + differences.length;
