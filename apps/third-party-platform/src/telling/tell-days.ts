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
  addSeconds,
  BUSINESS_DAYS_EXTENSION,
  type BusinessDate,
  type BusinessDayReport,
  businessDate,
  type CinemaCode,
  type ComparedDay,
  MAX_TOLD_DIFFERENCES,
  readErrorReply,
  reportBusinessDayQueryJson,
  type ToldDifference,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Clock, ExpectedError, every, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { ToldUpstreamTables } from './told-upstream-tables.ts';

const EVERY_MS = 5 * 60_000;
const TIMEOUT_MS = 10_000;
/** Of so many business dates that are over it is told what has changed, besides those of which something was delivered lately. */
const DAYS_BACK = 7;
/** The national platform keeps what is told of so many days back. */
const MAX_DAYS_BACK = 92;
/** The last ones are compared once a day although no count has changed: what was undone or completed changes none. */
const COMPARED_DAILY = 2;
const SECONDS_A_DAY = 86_400;

type Tables = CheckRecordTables & ToldUpstreamTables;

type Told = ToldUpstreamTables['toldUpstream'];

type Day = { readonly date: BusinessDate; readonly cinemaCode: CinemaCode; readonly counts: Completeness };

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
        async run(stopping) {
          const upstream = await connection.upstream();
          if (upstream === null || !upstream.extensions().has(BUSINESS_DAYS_EXTENSION)) return;
          await tellChangedDays({ store, upstream, now, stopping });
        },
      });
      announced = job.trigger;
      return job;
    },
  });
}

/** Tells of all days that have changed; ends at the first call that is not answered, and the next run goes on. */
export async function tellChangedDays(options: {
  store: Store<Tables>;
  upstream: Upstream;
  now: Clock;
  stopping: AbortSignal;
}): Promise<void> {
  const { store, upstream, now, stopping } = options;
  const at = wallClockAt(now());
  const today = businessDate(at);
  const first = await firstDay(store, at);
  await store.db.deleteFrom('toldUpstream').where('businessDate', '<', daysBack(at, MAX_DAYS_BACK)).execute();
  for (let date = today; date >= first; date = daysBefore(date, 1)) {
    const told = await loadTold(store, date, upstream.generation() ?? '');
    for (const [cinemaCode, counts] of await countCompleteness(store, date)) {
      if (stopping.aborted) return;
      if (!isDue({ date, at, counts, told: told.get(cinemaCode), isListed: listsRecords(upstream) })) continue;
      if (!(await tellDay(options, { date, cinemaCode, counts }))) return;
    }
  }
}

/** The last days, and where records of older ones were delivered yesterday or today, all from these on. */
async function firstDay(store: Store<Tables>, at: WallClock): Promise<BusinessDate> {
  const { oldest } = await store.reports
    .selectFrom('delivery')
    .select((eb) => eb.fn.min('oldestCheckTime').as('oldest'))
    .where('deliveredOn', '>=', daysBack(at, 1))
    .executeTakeFirstOrThrow();
  const usual = daysBack(at, DAYS_BACK);
  const asked = oldest === null ? usual : businessDate(oldest as WallClock);
  const [earlier = usual] = [asked, usual].sort();
  const [, later = usual] = [earlier, daysBack(at, MAX_DAYS_BACK)].sort();
  return later;
}

/** Whether something has changed since a day was told, or it is to be compared. */
function isDue({
  date,
  at,
  counts,
  told,
  isListed,
}: {
  date: BusinessDate;
  at: WallClock;
  counts: Completeness;
  told: Told | undefined;
  isListed: boolean;
}): boolean {
  if (told === undefined || told.entries !== counts.entries || told.delivered !== counts.delivered) return true;
  const today = businessDate(at);
  if (date === today || !isListed) return false;
  if (told.comparedOn === null) return true;
  return date >= daysBack(at, COMPARED_DAILY) && told.comparedOn < today;
}

/** @returns false where the national platform did not answer */
async function tellDay(
  { store, upstream, now }: Parameters<typeof tellChangedDays>[0],
  { date, cinemaCode, counts }: Day,
): Promise<boolean> {
  const countedAt = wallClockAt(now());
  const today = businessDate(countedAt);
  const compared =
    date < today && listsRecords(upstream) ? await compare(store, upstream, { date, cinemaCode, at: countedAt }) : null;
  const day: BusinessDayReport = { cinemaCode, businessDate: date, countedAt, ...counts, compared };
  const outcome = await upstream.call(APIS.reportBusinessDay, reportBusinessDayQueryJson(day), {
    read: readErrorReply,
    timeoutMs: TIMEOUT_MS,
    priority: 'background',
    idempotent: true,
  });
  if (outcome.kind === 'retry' && outcome.detail !== 'cinema') return false;
  // What it will not take, such as a day of a cinema that it does not know, it is told again when that has changed.
  const comparedOn = compared === null ? null : today;
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
  store: Store<Tables>,
  upstream: Upstream,
  { date, cinemaCode, at }: { date: BusinessDate; cinemaCode: CinemaCode; at: WallClock },
): Promise<ComparedDay | null> {
  const hours = await summarizeDay(store, { cinemaCode, businessDate: date, ...spokenWith(upstream) });
  const differences: ToldDifference[] = [];
  let moreDifferences = 0;
  const day = { store, cinemaCode, businessDate: date, hours, deadline: PLATFORM_DEADLINE, at };
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

const daysBack = (at: WallClock, days: number) => businessDate(addSeconds(at, -days * SECONDS_A_DAY));
const daysBefore = (date: BusinessDate, days: number) => daysBack(`${date}T12:00:00` as WallClock, days);
