import type { CinemaCode } from '@ticket-check/protocol';
import { isOneOf, type Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { isOverdue, type OverdueBy, type Summary } from '../outbox/summary.ts';
import type { CheckRecordTables } from '../tables/tables.ts';

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
