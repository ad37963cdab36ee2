import type { WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
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
  readonly lastDeliveredAt: WallClock | null;
};

export async function summarize({ db }: Store<CheckRecordTables>): Promise<Summary> {
  const { rows } = await sql<Summary>`
    select
      (select count(*) from outbox where parked_at is null) as waiting,
      (select count(*) from outbox where parked_at is not null) as parked,
      (select count(*) from check_record where quarantine is not null) as quarantined,
      (select min(check_time) from outbox) as oldest_unsent,
      (select max(last_delivered_at) from delivery
        where delivered_on = (select max(delivered_on) from delivery)) as last_delivered_at
  `.execute(db);
  const [summary] = rows;
  if (summary === undefined) throw new Error('the summary query returned no row');
  return summary;
}
