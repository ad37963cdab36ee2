import {
  type CheckRecordTables,
  type Completeness,
  countCompleteness,
  type Finding,
  isDifference,
  listsRecords,
  PLATFORM_DEADLINE,
  reconcileDay,
  spokenWith,
  summarizeDay,
} from '@ticket-check/check-records';
import type { Upstream, WatchedConnection } from '@ticket-check/exchange';
import {
  APIS,
  addDays,
  BUSINESS_DAYS_EXTENSION,
  type BusinessDate,
  type BusinessDayReport,
  businessDate,
  type CinemaCode,
  type ComparedDay,
  MAX_TOLD_DAYS_BACK,
  MAX_TOLD_DIFFERENCES,
  readErrorReply,
  reportBusinessDayQueryJson,
  type ToldDifference,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Clock, ExpectedError, every, type Service, untilAborted } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { ToldUpstreamTables } from './told-upstream-tables.ts';

const EVERY_MS = 5 * 60_000;
const TIMEOUT_MS = 10_000;
/** Of so many business dates that are over it is told what has changed, besides those of which something was delivered lately. */
const DAYS_BACK = 7;
/** The last ones are compared once a day although no count has changed: what was undone or completed changes none. */
const COMPARED_DAILY = 2;
/**
 * Each comparison has the national platform read a whole day. So many a run are 57,600 a day, and none of what goes on now waits for
 * long behind those of days past.
 */
const MAX_COMPARED = 200;

type Tables = CheckRecordTables & ToldUpstreamTables;

type Told = ToldUpstreamTables['toldUpstream'];

type Day = {
  readonly date: BusinessDate;
  readonly cinemaCode: CinemaCode;
  readonly counts: Completeness;
  /** No later than they were counted. */
  readonly countedAt: WallClock;
  readonly isCompared: boolean;
};

/**
 * Tells the national platform how many entries there are of each cinema and business date, and of a date that is over what came of
 * comparing them: so that it knows what should have arrived. Absolute numbers, again only where they have changed; one call at a time,
 * behind all that guests wait for, and never to a platform that does not announce it. Extension `business-days`; reading X10.
 */
export function tellDays(
  service: Service,
  options: {
    store: Store<Tables>;
    connection: Pick<WatchedConnection, 'upstream' | 'onAnnounced'>;
  },
): void {
  const { store, connection } = options;
  const { now, logger } = service;
  let announced = () => {};
  // It may be another platform, or one that takes them since its update.
  connection.onAnnounced(() => announced());
  service.job({
    name: 'business days',
    runs: 'in one process',
    start() {
      const job = every({
        name: 'business days',
        everyMs: EVERY_MS,
        jitterMs: EVERY_MS / 10,
        logger,
        // What it announces is kept, and not heard again: a process that takes over goes on at once.
        atOnce: true,
        async run(stopping) {
          const upstream = await connection.upstream();
          if (upstream === null || !upstream.extensions().has(BUSINESS_DAYS_EXTENSION)) return;
          await tellChangedDays({ store, upstream, now, stopping }).catch((error) => {
            // Whoever stops it waits for nobody's answer; the next process goes on.
            if (error !== stopping.reason) throw error;
          });
        },
      });
      announced = job.trigger;
      return job;
    },
  });
}

/**
 * Tells of all days that have changed, the newest first, and compares the records of so many; ends at the first call that is not answered, and the next run goes on.
 *
 * @param options `maxCompared`: so many cinemas and dates are compared; of the others the numbers alone are told where they have changed,
 *   and a later run compares them
 * @throws the reason of `stopping` where it has aborted: what is under way is not waited for
 */
export async function tellChangedDays(options: {
  store: Store<Tables>;
  upstream: Upstream;
  now: Clock;
  stopping: AbortSignal;
  maxCompared?: number;
}): Promise<void> {
  const { store, upstream, now, stopping, maxCompared = MAX_COMPARED } = options;
  const at = wallClockAt(now());
  const today = businessDate(at);
  const usual = addDays(today, -DAYS_BACK);
  const late = await deliveredLately(store, at);
  const first = [usual, ...late.values()].sort()[0] ?? usual;
  let compared = 0;
  const earliest = addDays(today, -MAX_TOLD_DAYS_BACK);
  await store.db.deleteFrom('toldUpstream').where('businessDate', '<', earliest).execute();
  for (let date = today; date >= first && date >= earliest; date = addDays(date, -1)) {
    const told = await loadTold(store, date, upstream.generation() ?? '');
    const cinemas = date >= usual ? undefined : [...late].flatMap(([code, oldest]) => (oldest <= date ? code : []));
    // Comparing takes minutes: what was counted while a date went on must not pass for all of it.
    const countedAt = wallClockAt(now());
    for (const [cinemaCode, counts] of await countCompleteness(store, date, cinemas)) {
      stopping.throwIfAborted();
      const isCompared = date < today && listsRecords(upstream) && compared < maxCompared;
      if (!isDue({ date, at, counts, told: told.get(cinemaCode), isCompared })) continue;
      if (isCompared) compared += 1;
      if (!(await tellDay(options, { date, cinemaCode, counts, countedAt, isCompared }))) return;
    }
  }
}

/** The oldest business date of what was delivered yesterday and today, of each cinema. */
async function deliveredLately(store: Store<Tables>, at: WallClock): Promise<ReadonlyMap<CinemaCode, BusinessDate>> {
  const rows = await store.reports
    .selectFrom('delivery')
    .select((eb) => ['cinemaCode', eb.fn.min('oldestCheckTime').as('oldest')])
    .where('deliveredOn', '>=', addDays(businessDate(at), -1))
    .groupBy('cinemaCode')
    .execute();
  return new Map(rows.map(({ cinemaCode, oldest }) => [cinemaCode as CinemaCode, businessDate(oldest as WallClock)]));
}

/** Whether something has changed since a day was told, or it is to be compared and may be now. */
function isDue({
  date,
  at,
  counts,
  told,
  isCompared,
}: {
  date: BusinessDate;
  at: WallClock;
  counts: Completeness;
  told: Told | undefined;
  isCompared: boolean;
}): boolean {
  if (told === undefined || told.entries !== counts.entries || told.delivered !== counts.delivered) return true;
  if (!isCompared) return false;
  if (told.comparedOn === null) return true;
  return date >= addDays(businessDate(at), -COMPARED_DAILY) && told.comparedOn < businessDate(at);
}

/** @returns false where the national platform did not answer */
async function tellDay(
  { store, upstream, now, stopping }: Parameters<typeof tellChangedDays>[0],
  { date, cinemaCode, counts, countedAt, isCompared }: Day,
): Promise<boolean> {
  const at = wallClockAt(now());
  const compared = isCompared ? await compare({ store, upstream, stopping }, { date, cinemaCode, at }) : null;
  const day: BusinessDayReport = { cinemaCode, businessDate: date, countedAt, ...counts, compared };
  stopping.throwIfAborted();
  const telling = upstream.call(APIS.reportBusinessDay, reportBusinessDayQueryJson(day), {
    read: readErrorReply,
    timeoutMs: TIMEOUT_MS,
    priority: 'background',
    idempotent: true,
  });
  // What was told and is not written down is told again.
  const outcome = await untilAborted(stopping, telling);
  if (outcome.kind === 'retry' && outcome.detail !== 'cinema') return false;
  // What it will not take, such as a day of a cinema that it does not know, it is told again when that has changed.
  const comparedOn = compared === null ? null : businessDate(at);
  const row: Told = { businessDate: date, cinemaCode, generation: upstream.generation() ?? '', ...counts, comparedOn };
  await store.db
    .insertInto('toldUpstream')
    .values(row)
    .onConflict((conflict) => conflict.columns(['businessDate', 'cinemaCode']).doUpdateSet(row))
    .execute();
  return true;
}

/** null where the national platform did not list its records: it is told the number alone, and compared with later. */
async function compare(
  { store, upstream, stopping: signal }: Pick<Parameters<typeof tellChangedDays>[0], 'store' | 'upstream' | 'stopping'>,
  { date, cinemaCode, at }: { date: BusinessDate; cinemaCode: CinemaCode; at: WallClock },
): Promise<ComparedDay | null> {
  const hours = await summarizeDay(store, { cinemaCode, businessDate: date, signal, ...spokenWith(upstream) });
  const differences: ToldDifference[] = [];
  let moreDifferences = 0;
  const day = { store, cinemaCode, businessDate: date, hours, deadline: PLATFORM_DEADLINE, at, signal };
  try {
    for await (const finding of reconcileDay(upstream, day)) {
      // What is on its way takes no place from what is wrong.
      if (!isDifference(finding)) continue;
      if (differences.length < MAX_TOLD_DIFFERENCES) differences.push(differenceOf(finding));
      else moreDifferences += 1;
    }
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return null;
  }
  return { hours, differences, moreDifferences };
}

const differenceOf = ({ kind, record, elements, errorCode = '' }: Finding): ToldDifference => ({
  kind,
  recordId: record.recordId,
  filmTicketCode: record.filmTicketCode,
  startTime: record.startTime,
  checkTime: record.checkTime,
  errorCode: errorCode === '' ? null : errorCode,
  elements: Object.keys(elements),
});

async function loadTold(
  store: Store<Tables>,
  date: BusinessDate,
  generation: string,
): Promise<ReadonlyMap<CinemaCode, Told>> {
  const rows = await store.db
    .selectFrom('toldUpstream')
    .selectAll()
    .where('businessDate', '=', date)
    .where('generation', '=', generation)
    .execute();
  return new Map(rows.map((row) => [row.cinemaCode as CinemaCode, row]));
}
