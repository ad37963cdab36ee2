import {
  type CheckRecordTables,
  countCompleteness,
  type Reporting,
  spokenWith,
  summarizeDay,
} from '@ticket-check/check-records';
import type { Upstream, WatchedConnection } from '@ticket-check/exchange';
import {
  APIS,
  addDays,
  type BusinessDate,
  type BusinessDayReport,
  businessDate,
  type CinemaCode,
  readReportBusinessDayReply,
  reportBusinessDayQueryJson,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Clock, type Service, untilAborted } from '@ticket-check/runtime';
import { acrossCinemas, createTables, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';

/** What was last reported to the national platform about a cinema and business date, so that only changes are reported again. */
type ToldUpstreamRow = {
  businessDate: string;
  cinemaCode: string;
  /** The generation of the national platform's data that received it: another one has lost it. Reading X4. */
  generation: string;
  entries: number;
  delivered: number;
  /** The business date on which its hours were last reported; null if only counts were. */
  hoursOn: string | null;
};

export type ToldUpstreamTables = { toldUpstream: ToldUpstreamRow };

export const toldUpstreamMigrations = createTables<ToldUpstreamTables>(
  sql`create table told_upstream (
    business_date text not null, cinema_code text not null, generation text not null, entries bigint not null,
    delivered bigint not null, hours_on text, primary key (business_date, cinema_code)
  )`,
);

const EVERY_MS = 5 * 60_000;
const TIMEOUT_MS = 10_000;
/** Past business dates that are reported when their counts change. */
const DAYS_BACK = 14;
/** The hours of the last ones are reported once a day although no count has changed: what was undone or completed changes none. */
const HASHED_DAILY = 2;

type ReportedDayTables = CheckRecordTables & ToldUpstreamTables;

/**
 * Reports to the national platform how many entries there are of each cinema and business date, and of a date that is over the number
 * and hash of each hour: so that it knows what should have arrived. Absolute numbers, again only where they have changed; one call at a
 * time, behind all that guests wait for, and never to a platform that does not announce it. Extension `business-days`; reading X10.
 */
export function tellDays(
  service: Service,
  options: {
    store: Store<ReportedDayTables>;
    connection: Pick<WatchedConnection, 'upstream' | 'onAnnounced'>;
    reporting: Pick<Reporting, 'onFirstSent'>;
  },
): void {
  const { store, connection, reporting } = options;
  const { now } = service;
  const job = service.job({
    name: 'business days',
    runs: 'in one process',
    everyMs: EVERY_MS,
    jitterMs: EVERY_MS / 10,
    // Nothing triggers the first run in a process that takes over: it starts at once.
    atOnce: true,
    async run(stopping) {
      const upstream = await connection.upstream();
      if (upstream === null || !upstream.extensions().has('business-days')) return;
      await tellChangedDays({ store, upstream, now, stopping }).catch((error) => {
        // Stopping waits for no answer; the next process goes on.
        if (error !== stopping.reason) throw error;
      });
    },
  });
  // It may be another platform, or one that takes them since its update.
  connection.onAnnounced(() => void job.trigger());
  // The first report after a start may describe a time before the first record: what came since is reported at once. What
  // another process sent is reported by the next run.
  reporting.onFirstSent(() => void job.trigger());
}

/**
 * Reports all days that have changed, the newest first, those that are over with their hours. Ends at the first call that is not
 * answered; the next run goes on.
 *
 * @throws the reason of `stopping` once it has aborted, without waiting for the call under way
 */
export async function tellChangedDays(options: {
  store: Store<ReportedDayTables>;
  upstream: Upstream;
  now: Clock;
  stopping: AbortSignal;
}): Promise<void> {
  const { store, upstream, now, stopping } = options;
  const today = businessDate(wallClockAt(now()));
  const earliest = addDays(today, -DAYS_BACK);
  await store.db
    .deleteFrom('toldUpstream')
    .where('businessDate', '<', earliest)
    .modifyEnd(acrossCinemas('retention'))
    .execute();
  for (let date = today; date >= earliest; date = addDays(date, -1)) {
    const told = await loadTold(store, date, upstream.generation() ?? '');
    // A run takes minutes: what was counted while a date went on must not pass for all of it.
    const countedAt = wallClockAt(now());
    for (const [cinemaCode, counts] of await countCompleteness(store, date)) {
      stopping.throwIfAborted();
      const { entries, delivered, hoursOn = null } = told.get(cinemaCode) ?? {};
      const isChanged = entries !== counts.entries || delivered !== counts.delivered;
      const isDaily = date >= addDays(today, -HASHED_DAILY);
      const isHashed = date < today && (isChanged || hoursOn === null || (isDaily && hoursOn < today));
      const day = { cinemaCode, businessDate: date, countedAt, ...counts };
      if ((isChanged || isHashed) && !(await tellDay(options, day, isHashed))) return;
    }
  }
}

/** @returns false if the national platform did not answer */
async function tellDay(
  { store, upstream, now, stopping }: Parameters<typeof tellChangedDays>[0],
  day: Omit<BusinessDayReport, 'hours'>,
  isHashed: boolean,
): Promise<boolean> {
  const hours = isHashed ? await summarizeDay(store, { ...day, signal: stopping, ...spokenWith(upstream) }) : null;
  stopping.throwIfAborted();
  const calling = upstream.call(APIS.reportBusinessDay, reportBusinessDayQueryJson({ ...day, hours }), {
    read: readReportBusinessDayReply,
    timeoutMs: TIMEOUT_MS,
    priority: 'background',
    idempotent: true,
  });
  // What was reported and is not written down is reported again.
  const outcome = await untilAborted(stopping, calling);
  if (outcome.kind === 'retry' && outcome.detail !== 'cinema') return false;
  // What the national platform holds was counted later, by a clock that was ahead: the next run reports it again.
  if (outcome.kind === 'delivered' && !outcome.reply.kept) return true;
  const { businessDate: date, cinemaCode, entries, delivered } = day;
  const reported = {
    generation: upstream.generation() ?? '',
    entries,
    delivered,
    // What it refuses, such as a day of a cinema that it does not know, is reported again when that has changed.
    hoursOn: isHashed ? businessDate(wallClockAt(now())) : null,
  };
  await store.db
    .insertInto('toldUpstream')
    .values({ businessDate: date, cinemaCode, ...reported })
    .onConflict((conflict) => conflict.columns(['businessDate', 'cinemaCode']).doUpdateSet(reported))
    .execute();
  return true;
}

async function loadTold(store: Store<ReportedDayTables>, date: BusinessDate, generation: string) {
  const rows = await store.db
    .selectFrom('toldUpstream')
    .modifyFront(acrossCinemas('report'))
    .selectAll()
    .where('businessDate', '=', date)
    .where('generation', '=', generation)
    .execute();
  return new Map(rows.map((row) => [row.cinemaCode as CinemaCode, row]));
}
