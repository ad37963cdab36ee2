import { addSeconds, businessDate, type CinemaCode, type WallClock } from '@ticket-check/protocol';
import { sharedFor } from '@ticket-check/runtime';
import { isOneOf, type Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { isAfter, type RecordKey } from '../tables/keys.ts';
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

type Page = Pick<Summary, 'waiting' | 'parked' | 'overdue' | 'oldestWaiting' | 'oldestParked' | 'oldestUnsent'>;

/** Some 5 ms. */
export const ROWS_A_PAGE = 5000;

const NOTHING: Page = {
  waiting: 0,
  parked: 0,
  overdue: 0,
  oldestWaiting: null,
  oldestParked: null,
  oldestUnsent: null,
};

/**
 * Looks through all that waits; on SQLite, where one thread works, a page at a time, so that claims and reports wait for one
 * page at most. A million records take about a second.
 */
export function createSummary({
  db,
  engine,
}: Store<CheckRecordTables>): (overdueBy: OverdueBy | null) => Promise<Summary> {
  /** The last record of the page that begins after `after`; undefined if that is the last page. */
  function loadPageEnd(after: RecordKey | undefined): Promise<RecordKey | undefined> {
    return db
      .selectFrom('outbox')
      .select(['recordId', 'identity'])
      .where(after === undefined ? sql.lit(true) : isAfter(after))
      .orderBy('recordId')
      .orderBy('identity')
      .offset(ROWS_A_PAGE - 1)
      .limit(1)
      .executeTakeFirst() as Promise<RecordKey | undefined>;
  }

  async function loadPage(
    after: RecordKey | undefined,
    end: RecordKey | undefined,
    overdueBy: OverdueBy | null,
  ): Promise<Page> {
    const { rows } = await sql<Page>`
      select
        count(*) filter (where parked_at is null) as waiting,
        count(*) filter (where parked_at is not null) as parked,
        count(*) filter (where ${overdueBy === null ? sql`1 = 0` : isOverdue(overdueBy)}) as overdue,
        min(check_time) filter (where parked_at is null) as oldest_waiting,
        min(parked_at) as oldest_parked,
        min(check_time) as oldest_unsent
      from outbox
      where ${after === undefined ? sql.lit(true) : isAfter(after)}
        and ${end === undefined ? sql.lit(true) : sql`(record_id, identity) <= (${end.recordId}, ${end.identity})`}
    `.execute(db);
    return rows[0] ?? NOTHING;
  }

  /** Uses the index of quarantined records, however many others there are. */
  async function loadQuarantined(): Promise<Pick<Summary, 'quarantined' | 'oldestQuarantined'>> {
    const row = await db
      .selectFrom('checkRecord')
      .select((eb) => [eb.fn.countAll<number>().as('quarantined'), eb.fn.min('receivedAt').as('oldestQuarantined')])
      .where('quarantine', 'is not', null)
      .executeTakeFirstOrThrow();
    return row as Pick<Summary, 'quarantined' | 'oldestQuarantined'>;
  }

  async function loadLastDelivery(): Promise<WallClock | null> {
    const { rows } = await sql<Pick<Summary, 'lastDeliveredAt'>>`
      select max(last_delivered_at) as last_delivered_at from delivery
      where delivered_on = (select max(delivered_on) from delivery)
    `.execute(db);
    return rows[0]?.lastDeliveredAt ?? null;
  }

  async function countAll(overdueBy: OverdueBy | null) {
    let sum = NOTHING;
    let after: RecordKey | undefined;
    do {
      const end = engine === 'sqlite' ? await loadPageEnd(after) : undefined;
      sum = sumOf(sum, await loadPage(after, end, overdueBy));
      after = end;
    } while (after !== undefined);
    const aside = await loadQuarantined();
    return { counted: { ...sum, ...aside }, rows: sum.waiting + sum.parked + aside.quarantined };
  }

  const counts = new Map<string, typeof countAll>();

  return async (overdueBy) => {
    const kind = overdueBy?.deadline.from ?? '';
    const count = counts.get(kind) ?? sharedFor(expensiveMs, countAll);
    counts.set(kind, count);
    const { counted } = await count(overdueBy);
    // Read last and never shared: with an older value, records that waited at the last look would seem to stand still.
    return { ...counted, lastDeliveredAt: await loadLastDelivery() };
  };
}

function sumOf(a: Page, b: Page): Page {
  return {
    waiting: a.waiting + b.waiting,
    parked: a.parked + b.parked,
    overdue: a.overdue + b.overdue,
    oldestWaiting: earlier(a.oldestWaiting, b.oldestWaiting),
    oldestParked: earlier(a.oldestParked, b.oldestParked),
    oldestUnsent: earlier(a.oldestUnsent, b.oldestUnsent),
  };
}

function earlier(a: WallClock | null, b: WallClock | null): WallClock | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
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

type Unsent = Pick<Summary, 'waiting' | 'parked' | 'overdue' | 'oldestUnsent' | 'quarantined'>;

/** How far the records of some cinemas have come; on the connection of reports, by the indexes of what waits. */
export async function countUnsent(
  store: Store<CheckRecordTables>,
  cinemaCodes: readonly CinemaCode[],
  overdueBy: OverdueBy,
): Promise<Unsent> {
  const ofThem: RawBuilder<boolean> =
    cinemaCodes.length === 0 ? sql`1 = 0` : sql`${isOneOf(sql.ref('cinemaCode'), cinemaCodes)}`;
  const { rows } = await sql<Unsent>`
    select
      count(*) filter (where parked_at is null) as waiting,
      count(*) filter (where parked_at is not null) as parked,
      count(*) filter (where ${isOverdue(overdueBy)}) as overdue,
      min(check_time) as oldest_unsent,
      (select count(*) from check_record where quarantine is not null and ${ofThem}) as quarantined
    from outbox where ${ofThem}
  `.execute(store.reports);
  const [row] = rows;
  if (row === undefined) throw new Error('a count has a row');
  return row;
}
