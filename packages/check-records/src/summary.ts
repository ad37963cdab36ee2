import type { WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { type Deadline, overdueBefore } from './deadline.ts';
import type { CheckRecordTables } from './tables.ts';

/** How far a store's records have come, for health, metrics and pages. */
export type Summary = {
  /** Records on their way upstream. */
  readonly waiting: number;
  /** Records that upstream refused. */
  readonly parked: number;
  /** Records that are kept aside. */
  readonly quarantined: number;
  /** CheckTime of the oldest record that upstream has not confirmed, parked ones included; null where there is none. */
  readonly oldestUnsent: WallClock | null;
  /** CheckTime of the oldest record on its way upstream; null where there is none. */
  readonly oldestWaiting: WallClock | null;
  readonly lastDeliveredAt: WallClock | null;
  /** Of the records that upstream has not confirmed, parked ones included, those past the deadline that was asked for. */
  readonly overdue: number;
};

/** A deadline, and the moment at which it is looked at. */
export type OverdueBy = { readonly deadline: Deadline; readonly at: WallClock };

/** One pass over what waits; `overdueBy`: what counts as overdue, nothing without it. */
export async function summarize({ db }: Store<CheckRecordTables>, overdueBy: OverdueBy | null): Promise<Summary> {
  const { rows } = await sql<Summary>`
    select
      count(*) filter (where parked_at is null) as waiting,
      count(*) filter (where parked_at is not null) as parked,
      count(*) filter (where ${overdueBy === null ? sql`1 = 0` : isOverdue(overdueBy)}) as overdue,
      min(check_time) as oldest_unsent,
      min(check_time) filter (where parked_at is null) as oldest_waiting,
      (select count(*) from check_record where quarantine is not null) as quarantined,
      (select max(last_delivered_at) from delivery
        where delivered_on = (select max(delivered_on) from delivery)) as last_delivered_at
    from outbox
  `.execute(db);
  const [summary] = rows;
  if (summary === undefined) throw new Error('the summary query returned no row');
  return summary;
}

function isOverdue({ deadline, at }: OverdueBy): RawBuilder<boolean> {
  const before = overdueBefore(deadline, at);
  return deadline.from === 'check'
    ? sql`check_time < ${before}`
    : sql`check_time < ${before} and start_time < ${before}`;
}
