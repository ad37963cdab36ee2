import { addSeconds, businessDate, type CinemaCode, type WallClock } from '@ticket-check/protocol';
import { sharedFor } from '@ticket-check/runtime';
import { acrossCinemas, type Store } from '@ticket-check/storage';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type AskedCinemas, isOfCinemas } from '../tables/keys.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { type Deadline, overdueBefore } from './deadline.ts';

/** Reading this number of rows takes some 20 ms, which nobody notices. */
export const FEW_ROWS = 20_000;

/** The most of the time that may go into reading more rows. */
const SHARE = 0.01;

/** Half of the 10 minutes after which a queue counts as standing still, which is judged by the kept value. */
const LONGEST_MS = 300_000;

/**
 * Says for how long the result of a query is shared (`sharedFor`): a hundred times as long as the query took, at most five minutes, so
 * that health and metrics, which are asked for all the time, cannot keep the database busy. That of a query over few rows is not.
 */
export function expensiveMs({ rows }: { readonly rows: number }, tookMs: number): number {
  return rows <= FEW_ROWS ? 0 : Math.min(tookMs / SHARE, LONGEST_MS);
}

/** How far a store's records have come, for health, metrics and pages. */
export type Summary = {
  readonly waiting: number;
  readonly parked: number;
  readonly quarantined: number;
  /** CheckTime of the oldest record that upstream has not confirmed, parked ones included; null if none. */
  readonly oldestUnsent: WallClock | null;
  /** CheckTime of the oldest record on its way upstream; null if none. */
  readonly oldestWaiting: WallClock | null;
  /** When upstream refused the record that has been parked longest; null if none. */
  readonly oldestParked: WallClock | null;
  /** When the record came that has been quarantined longest; null if none. */
  readonly oldestQuarantined: WallClock | null;
  /** When upstream last confirmed records, as of now; the rest may be some minutes old where much waits. */
  readonly lastDeliveredAt: WallClock | null;
  /** Of the records that upstream has not confirmed, parked ones included, those past the deadline that was asked for. */
  readonly overdue: number;
};

/** A deadline, and the moment at which it is looked at. */
export type OverdueBy = { readonly deadline: Deadline; readonly at: WallClock };

type Counts = Omit<Summary, 'lastDeliveredAt'>;

/** How far the records of some cinemas have come, or of all, by the indexes of what waits: a million take about a second. */
async function countThem(
  db: Kysely<CheckRecordTables>,
  overdueBy: OverdueBy | null,
  cinemas?: AskedCinemas,
): Promise<Counts> {
  const isAsked = isOfCinemas(cinemas, sql.ref('cinemaCode'));
  const { rows } = await sql<Counts>`
    select ${acrossCinemas('report')} * from (
      select
        count(*) filter (where parked_at is null) as waiting,
        count(*) filter (where parked_at is not null) as parked,
        count(*) filter (where ${overdueBy === null ? sql`1 = 0` : isOverdue(overdueBy)}) as overdue,
        min(check_time) filter (where parked_at is null) as oldest_waiting,
        min(parked_at) as oldest_parked,
        min(check_time) as oldest_unsent
      from outbox where ${isAsked}
    ) as unsent cross join (
      select count(*) as quarantined, min(received_at) as oldest_quarantined
      from check_record where quarantine is not null and ${isAsked}
    ) as aside
  `.execute(db);
  return rows[0] as Counts;
}

/** How far the records of some cinemas have come; on the connection of reports. */
export const countUnsent = (
  { reports }: Store<CheckRecordTables>,
  cinemas: AskedCinemas,
  overdueBy: OverdueBy,
): Promise<Counts> => countThem(reports, overdueBy, cinemas);

/** Looks through all that waits. */
export function createSummary({ db, reports, engine }: Store<CheckRecordTables>) {
  async function hasMany(): Promise<boolean> {
    const row = await db
      .selectFrom('outbox')
      .modifyFront(acrossCinemas('report'))
      .select('recordId')
      .offset(FEW_ROWS)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  async function countAll(overdueBy: OverdueBy | null) {
    // SQLite's own thread has claims and reports waiting; another one takes longer to start than few rows to count.
    const counted = await countThem(engine === 'sqlite' && (await hasMany()) ? reports : db, overdueBy);
    return { counted, rows: counted.waiting + counted.parked + counted.quarantined };
  }

  async function loadLastDelivery(): Promise<WallClock | null> {
    const { rows } = await sql<Pick<Summary, 'lastDeliveredAt'>>`
      select ${acrossCinemas('report')} max(last_delivered_at) as last_delivered_at from delivery
      where delivered_on = (select max(delivered_on) from delivery)
    `.execute(db);
    return rows[0]?.lastDeliveredAt ?? null;
  }

  const counts = new Map<string, typeof countAll>();

  return async (overdueBy: OverdueBy | null): Promise<Summary> => {
    const kind = overdueBy?.deadline.from ?? '';
    const count = counts.get(kind) ?? sharedFor(expensiveMs, countAll);
    counts.set(kind, count);
    const { counted } = await count(overdueBy);
    // Read last and never shared: with an older value, records that waited at the last look would seem to stand still.
    return { ...counted, lastDeliveredAt: await loadLastDelivery() };
  };
}

export function isOverdue({ deadline, at }: OverdueBy): RawBuilder<boolean> {
  const before = overdueBefore(deadline, at);
  return deadline.from === 'check'
    ? sql`check_time < ${before}`
    : sql`check_time < ${before} and start_time < ${before}`;
}

/** The cinemas with records in the outbox, parked ones or not, as a recursive table that looks up one after the other; null last. */
export function cinemasInOutbox(name: 'waiting' | 'parked', parkedAt: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`${sql.table(name)} (cinema_code) as (
    select min(cinema_code) from outbox where parked_at is ${parkedAt}
    union all
    select (select min(o.cinema_code) from outbox o where o.parked_at is ${parkedAt} and o.cinema_code > t.cinema_code)
    from ${sql.table(name)} t where t.cinema_code is not null
  )`;
}

/** A cinema whose queue stands still, and since when its oldest record has been here. */
export type StandingCinema = { readonly cinemaCode: CinemaCode; readonly since: WallClock };

/**
 * Finds the cinemas without deliveries for some time although their oldest record came before that. Judged by the database, so
 * it does not matter which process sends, nor when it started. Parked records do not count: they may never go. A few look-ups
 * for each cinema with something waiting, however many records that is.
 */
export async function loadStandingCinemas(
  { db }: Store<CheckRecordTables>,
  { at, forSeconds }: { at: WallClock; forSeconds: number },
): Promise<StandingCinema[]> {
  const since = addSeconds(at, -forSeconds);
  // The first of each kind, because each kind has an order of its own in the index.
  const oldest = (incomplete: 0 | 1) => sql`
    select o.record_id from outbox o
    where o.cinema_code = w.cinema_code and o.parked_at is null and o.incomplete = ${sql.lit(incomplete)}
    order by o.check_time, o.record_id limit 1`;
  const { rows } = await sql<StandingCinema>`
    with recursive ${cinemasInOutbox('waiting', sql`null`)}
    select w.cinema_code, min(r.received_at) as since
    from waiting w
    join check_record r on r.cinema_code = w.cinema_code and r.record_id in ((${oldest(0)}), (${oldest(1)}))
    where not exists (
      select 1 from delivery d
      where d.delivered_on in (${businessDate(since)}, ${businessDate(at)})
        and d.cinema_code = w.cinema_code and d.last_delivered_at > ${since}
    )
    group by w.cinema_code
    having min(r.received_at) <= ${since}
    order by w.cinema_code`.execute(db);
  return rows;
}
