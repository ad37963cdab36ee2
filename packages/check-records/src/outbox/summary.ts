import { addSeconds, type CheckRecord, type WallClock } from '@ticket-check/protocol';
import { sharedFor } from '@ticket-check/runtime';
import { acrossCinemas } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { type AskedCinemas, isOfCinemas } from '../tables/keys.ts';
import type { OwnDb, OwnStore } from '../tables/tables.ts';

/** Reading this number of rows takes some 20 ms, which nobody notices. */
export const FEW_ROWS = 20_000;

/** The most of the time that may go into reading more rows. */
const SHARE = 0.01;

/** Figures of health and metrics are no older. */
const LONGEST_MS = 300_000;

/** Shares the result of a query over many rows a hundred times as long as it took, so that it cannot keep the database busy. */
export function expensiveMs({ rows }: { readonly rows: number }, tookMs: number): number {
  return rows <= FEW_ROWS ? 0 : Math.min(tookMs / SHARE, LONGEST_MS);
}

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
  readonly overdueWaiting: number;
};

export type OverdueBy = { readonly deadline: Deadline; readonly at: WallClock };

type Counts = Omit<Summary, 'lastDeliveredAt'>;

/** How far the records of some cinemas have come, or of all, by the indexes of what waits: a million take about a second. */
async function countThem(db: OwnDb, overdueBy: OverdueBy | null, cinemas?: AskedCinemas): Promise<Counts> {
  const isAsked = isOfCinemas(cinemas, sql.ref('cinemaCode'));
  const isPast = overdueBy === null ? sql`1 = 0` : isOverdue(overdueBy);
  const { rows } = await sql<Counts>`
    select ${acrossCinemas('report')} * from (
      select
        count(*) filter (where parked_at is null) as waiting,
        count(*) filter (where parked_at is not null) as parked,
        count(*) filter (where ${isPast}) as overdue,
        count(*) filter (where parked_at is null and ${isPast}) as overdue_waiting,
        min(check_time) as oldest_unsent
      from outbox where ${isAsked}
    ) as unsent cross join (
      select count(*) as quarantined from check_record where quarantine is not null and ${isAsked}
    ) as aside
  `.execute(db);
  return rows[0] as Counts;
}

export const countUnsent = ({ reports }: OwnStore, cinemas: AskedCinemas, overdueBy: OverdueBy): Promise<Counts> =>
  countThem(reports, overdueBy, cinemas);

export function createSummary({ db, reports, engine }: OwnStore) {
  async function hasMany(): Promise<boolean> {
    const look = sql`select ${acrossCinemas('report')} record_id from outbox limit 1 offset ${FEW_ROWS}`;
    return (await look.execute(db)).rows.length > 0;
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
    return { ...counted, lastDeliveredAt: await loadLastDelivery() };
  };
}

export function isOverdue({ deadline, at }: OverdueBy): RawBuilder<boolean> {
  const before = overdueBefore(deadline, at);
  return deadline.from === 'check'
    ? sql`check_time < ${before}`
    : sql`check_time < ${before} and start_time < ${before}`;
}

/** By when upstream is to have confirmed a record: measured, and alarmed. Scheme 5.2.3, 5.2.7; reading R1. */
export type Deadline = {
  readonly seconds: number;
  /** From what they count: the check, or the session's StartTime where that is later. */
  readonly from: 'check' | 'check-or-start';
};

/** Ten minutes after the check. Scheme 5.2.7. */
export const TERMINAL_DEADLINE: Deadline = { seconds: 600, from: 'check' };

/** An hour after the session's end, which nobody says: after its start or the check. Scheme 5.2.3; reading R1. */
export const PLATFORM_DEADLINE: Deadline = { seconds: 3600, from: 'check-or-start' };

function overdueBefore(deadline: Deadline, at: WallClock): WallClock {
  return addSeconds(at, -deadline.seconds);
}

export function isLate(
  { checkTime, startTime }: Pick<CheckRecord, 'checkTime' | 'startTime'>,
  deadline: Deadline,
  at: WallClock,
): boolean {
  const before = overdueBefore(deadline, at);
  return checkTime < before && (deadline.from === 'check' || startTime < before);
}
