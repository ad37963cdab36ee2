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
import type { Reporting } from '@ticket-check/check-records/service';
import type { Upstream, WatchedConnection } from '@ticket-check/exchange';
import {
  APIS,
  addDays,
  addSeconds,
  BUSINESS_DAYS_EXTENSION,
  type BusinessDate,
  type BusinessDayReport,
  businessDate,
  type CinemaCode,
  type ComparedDay,
  MAX_NAMED_DIFFERENCES,
  MAX_TOLD_DAYS_BACK,
  MAX_TOLD_DIFFERENCES,
  MAX_TOLD_DIFFERENCES_PLAIN,
  NAMED_DIFFERENCES_EXTENSION,
  readReportBusinessDayReply,
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
/** So many business dates that are over are told where they have changed, besides those of which something was delivered lately. */
const DAYS_BACK = 7;
/** The last ones are compared once a day although no count has changed: what was undone or completed changes none. */
const COMPARED_DAILY = 2;
/** Each comparison has the national platform read a whole day: so many a run are 57,600 a day, and hold up nothing that goes on now. */
const MAX_COMPARED = 200;
/** A comparison that came to nothing is tried again after twice the time each time, from two runs on up to this. */
const LONGEST_RETRY_SECONDS = 4 * 3600;

type Tables = CheckRecordTables & ToldUpstreamTables;

type Told = ToldUpstreamTables['toldUpstream'];

type Day = {
  readonly date: BusinessDate;
  readonly cinemaCode: CinemaCode;
  readonly counts: Completeness;
  /** No later than they were counted. */
  readonly countedAt: WallClock;
  /** What was told of it last. */
  readonly told: Told | undefined;
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
    reporting: Pick<Reporting, 'onFirstSent'>;
  },
): void {
  const { store, connection, reporting } = options;
  const { now, logger } = service;
  let trigger = () => {};
  // It may be another platform, or one that takes them since its update.
  connection.onAnnounced(() => trigger());
  // What it is told at a start may be of a time before the first record: it is told at once what came since. What
  // another process sent it is told by the next run.
  reporting.onFirstSent(() => trigger());
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
      trigger = job.trigger;
      return job;
    },
  });
}

/**
 * Tells of all days that have changed, the newest first, and compares the records of so many, those behind the others whose last
 * comparison came to nothing or was cut off. Ends at the first call that is not answered, and the next run goes on.
 *
 * @param options `maxCompared`: so many cinemas and dates are compared; of the others the numbers alone are told where they have
 *   changed, and a later run compares them
 * @throws the reason of `stopping` where it has aborted: what is under way is not waited for
 */
export async function tellChangedDays(options: {
  store: Store<Tables>;
  upstream: Upstream;
  now: Clock;
  stopping: AbortSignal;
  maxCompared?: number;
}): Promise<void> {
  const { stopping, upstream, now, maxCompared = MAX_COMPARED } = options;
  const today = businessDate(wallClockAt(now()));
  let left = listsRecords(upstream) ? maxCompared : 0;
  const failedBefore: Day[] = [];

  /** @returns false where the national platform did not answer */
  async function tell(day: Day): Promise<boolean> {
    stopping.throwIfAborted();
    const isCompared = left > 0 && isToCompare(day, wallClockAt(now()));
    if (!isCompared && !isChanged(day)) return true;
    if (isCompared) left -= 1;
    return tellDay(options, day, isCompared);
  }

  for await (const day of countedDays(options, today)) {
    if ((day.told?.failures ?? 0) > 0) failedBefore.push(day);
    else if (!(await tell(day))) return;
  }
  for (const day of failedBefore) if (!(await tell(day))) return;
}

/** What there is of each cinema and date that may have to be told, the newest first. */
async function* countedDays(
  { store, upstream, now }: Pick<Parameters<typeof tellChangedDays>[0], 'store' | 'upstream' | 'now'>,
  today: BusinessDate,
): AsyncGenerator<Day> {
  const usual = addDays(today, -DAYS_BACK);
  const late = await deliveredLately(store, today);
  const first = [usual, ...late.values()].sort()[0] ?? usual;
  const earliest = addDays(today, -MAX_TOLD_DAYS_BACK);
  await store.db.deleteFrom('toldUpstream').where('businessDate', '<', earliest).execute();
  for (let date = today; date >= first && date >= earliest; date = addDays(date, -1)) {
    const told = await loadTold(store, date, upstream.generation() ?? '');
    const cinemas = date >= usual ? undefined : [...late].flatMap(([code, oldest]) => (oldest <= date ? code : []));
    // Comparing takes minutes: what was counted while a date went on must not pass for all of it.
    const countedAt = wallClockAt(now());
    for (const [cinemaCode, counts] of await countCompleteness(store, date, cinemas))
      yield { date, cinemaCode, counts, countedAt, told: told.get(cinemaCode) };
  }
}

/** The oldest business date of what was delivered yesterday and today, of each cinema. */
async function deliveredLately(
  store: Store<Tables>,
  today: BusinessDate,
): Promise<ReadonlyMap<CinemaCode, BusinessDate>> {
  const rows = await store.reports
    .selectFrom('delivery')
    .select((eb) => ['cinemaCode', eb.fn.min('oldestCheckTime').as('oldest')])
    .where('deliveredOn', '>=', addDays(today, -1))
    .groupBy('cinemaCode')
    .execute();
  const earliest = addDays(today, -MAX_TOLD_DAYS_BACK);
  // Somebody else's record may be of a time that is in no business date.
  const dateOf = (oldest: WallClock) => (oldest.slice(0, 10) <= earliest ? earliest : businessDate(oldest));
  return new Map(rows.map(({ cinemaCode, oldest }) => [cinemaCode as CinemaCode, dateOf(oldest as WallClock)]));
}

/** Whether a day was not told as it is. */
const isChanged = ({ told, counts }: Day): boolean =>
  told === undefined || told.entries !== counts.entries || told.delivered !== counts.delivered;

/**
 * Whether a day is over and was not compared as it is, or not today, and no failure says to wait. One that says to wait for longer than
 * any may is of a clock that was set back since.
 */
function isToCompare(day: Day, at: WallClock): boolean {
  const { date, told } = day;
  const today = businessDate(at);
  if (date >= today) return false;
  if (told?.retryAt != null && told.retryAt > at && told.retryAt <= addSeconds(at, LONGEST_RETRY_SECONDS)) return false;
  if (isChanged(day) || told === undefined || told.comparedOn === null) return true;
  return date >= addDays(today, -COMPARED_DAILY) && told.comparedOn < today;
}

/** @returns false where the national platform did not answer */
async function tellDay(
  options: Parameters<typeof tellChangedDays>[0],
  day: Day,
  isCompared: boolean,
): Promise<boolean> {
  const { store, upstream, now } = options;
  const { date, cinemaCode, counts, told } = day;
  const call = (compared: ComparedDay | null) => callWith(options, day, compared);
  let outcome = isCompared ? await tellCompared(options, day, call) : await call(null);
  const isFailed = isCompared && (outcome === 'not listed' || outcome === 'not kept' || outcome === 'cut off');
  if (outcome === 'not listed') outcome = await call(null);
  if (outcome === 'silent') return false;
  // What the national platform holds was counted later, by a clock that was ahead: the next run tells it again.
  if (!isCompared && outcome === 'not kept') return true;
  const at = wallClockAt(now());
  // What it will not take, such as a day of a cinema that it does not know, it is told again when that has changed.
  const comparedOn = isCompared && !isFailed ? businessDate(at) : null;
  const failures = isFailed ? (told?.failures ?? 0) + 1 : isCompared ? 0 : (told?.failures ?? 0);
  const retryAt = isFailed ? retryAfter(failures, at) : isCompared ? null : (told?.retryAt ?? null);
  const generation = upstream.generation() ?? '';
  const row: Told = { businessDate: date, cinemaCode, generation, ...counts, comparedOn, failures, retryAt };
  await store.db
    .insertInto('toldUpstream')
    .values(row)
    .onConflict((conflict) => conflict.columns(['businessDate', 'cinemaCode']).doUpdateSet(row))
    .execute();
  return outcome !== 'cut off';
}

const retryAfter = (failures: number, at: WallClock): WallClock =>
  addSeconds(at, Math.min((2 ** failures * EVERY_MS) / 1000, LONGEST_RETRY_SECONDS));

/** What came of a call: `not kept` where the national platform holds something else, `refused` where it will not take it. */
type Answer = 'kept' | 'not kept' | 'refused' | 'silent';

async function callWith(
  { upstream, stopping }: Pick<Parameters<typeof tellChangedDays>[0], 'upstream' | 'stopping'>,
  { date, cinemaCode, counts, countedAt }: Day,
  compared: ComparedDay | null,
): Promise<Answer> {
  stopping.throwIfAborted();
  const day: BusinessDayReport = { cinemaCode, businessDate: date, countedAt, ...counts, compared };
  const calling = upstream.call(APIS.reportBusinessDay, reportBusinessDayQueryJson(day), {
    read: readReportBusinessDayReply,
    timeoutMs: TIMEOUT_MS,
    priority: 'background',
    idempotent: true,
  });
  // What was told and is not written down is told again.
  const outcome = await untilAborted(stopping, calling);
  if (outcome.kind === 'delivered') return outcome.reply.kept ? 'kept' : 'not kept';
  return outcome.kind === 'retry' && outcome.detail !== 'cinema' ? 'silent' : 'refused';
}

/**
 * Compares a day and tells what differs while it is found, so that no more of it is held than one call takes. To a platform that
 * cannot be told in several calls, what is more is left to the hours, which show it.
 * @returns `not listed` where the national platform did not list its records, `cut off` where it took some of the differences and then
 *   fell silent, which may be for what this day holds: it is compared with later
 */
async function tellCompared(
  { store, upstream, now, stopping: signal }: Parameters<typeof tellChangedDays>[0],
  { cinemaCode, date }: Day,
  call: (compared: ComparedDay) => Promise<Answer>,
): Promise<Answer | 'not listed' | 'cut off'> {
  const takesAll = upstream.extensions().has(NAMED_DIFFERENCES_EXTENSION);
  const [size, max] = takesAll
    ? [MAX_TOLD_DIFFERENCES, MAX_NAMED_DIFFERENCES]
    : [MAX_TOLD_DIFFERENCES_PLAIN, MAX_TOLD_DIFFERENCES_PLAIN];
  const hours = await summarizeDay(store, { cinemaCode, businessDate: date, signal, ...spokenWith(upstream) });
  const at = wallClockAt(now());
  const day = { store, cinemaCode, businessDate: date, hours, deadline: PLATFORM_DEADLINE, at, signal };
  let differences: ToldDifference[] = [];
  let before = 0;
  const tellPart = async (follow: boolean) => {
    const answer = await call({ hours, differences, before, follow });
    return answer === 'silent' && before > 0 ? 'cut off' : answer;
  };
  try {
    for await (const finding of reconcileDay(upstream, day)) {
      // What is on its way takes no place from what is wrong.
      if (!isDifference(finding)) continue;
      if (before + differences.length === max) break;
      if (differences.length === size) {
        const answer = await tellPart(true);
        if (answer !== 'kept') return answer;
        before += size;
        differences = [];
      }
      differences.push(differenceOf(finding));
    }
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return 'not listed';
  }
  return tellPart(false);
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
