import type { WallClock } from '@ticket-check/protocol';
import { sharedFor } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { expensiveMs } from '../tables/expensive.ts';
import { isAfter, type RecordKey } from '../tables/keys.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { type Deadline, overdueBefore } from './deadline.ts';

/** How far a store's records have come, for health, metrics and pages. */
export type Summary = {
  /** Records on their way upstream. */
  readonly waiting: number;
  /** Records that upstream refused. */
  readonly parked: number;
  /** Quarantined records. */
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

/** What one page of the outbox holds. */
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
