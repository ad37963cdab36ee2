import { addSeconds, businessDate, type CinemaCode, type WallClock } from '@ticket-check/protocol';
import { sharedFor } from '@ticket-check/runtime';
import { acrossCinemas, type Store } from '@ticket-check/storage';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type AskedCinemas, haveSameKey, isOfCinemas } from '../tables/keys.ts';
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
        min(check_time) as oldest_unsent
      from outbox where ${isAsked}
    ) as unsent cross join (
      select count(*) as quarantined from check_record where quarantine is not null and ${isAsked}
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

/** A cinema whose queue stands still, and since when its oldest record has been here. */
export type StandingCinema = { readonly cinemaCode: CinemaCode; readonly since: WallClock };

/**
 * Finds the cinemas without deliveries for some time although their oldest record came before that. Judged by the database, so
 * it does not matter which process sends, nor when it started. Parked records do not count: they may never go. Of what waits
 * only an index is read through.
 */
export async function loadStandingCinemas(
  { db }: Store<CheckRecordTables>,
  { at, forSeconds }: { at: WallClock; forSeconds: number },
): Promise<StandingCinema[]> {
  const since = addSeconds(at, -forSeconds);
  // The first of each kind, because each kind has an order of its own in the index.
  const { rows } = await sql<StandingCinema>`
    select ${acrossCinemas('report')} w.cinema_code, min(r.received_at) as since
    from (
      select cinema_code, incomplete, min(check_time) as check_time from outbox
      where parked_at is null group by cinema_code, incomplete
    ) as w
    join outbox o on o.cinema_code = w.cinema_code and o.incomplete = w.incomplete
      and o.check_time = w.check_time and o.parked_at is null
    join check_record r on ${haveSameKey('r', 'o')}
    left join delivery d on d.cinema_code = w.cinema_code
      and d.delivered_on in (${businessDate(since)}, ${businessDate(at)}) and d.last_delivered_at > ${since}
    where d.cinema_code is null
    group by w.cinema_code
    having min(r.received_at) <= ${since}
    order by w.cinema_code`.execute(db);
  return rows;
}
