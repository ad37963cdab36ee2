import type { ConfirmedTime } from '@ticket-check/exchange';
import type { WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { CheckRecordTables } from '../tables/tables.ts';

/**
 * The time as the newest check record shows it, for a platform that has no upstream. Its CheckTime is near its StartTime, which
 * a cinema's key has signed (reading R6), so that no clock of a platform, and no caller that follows it, can have made it. The
 * Datetime of requests would not do: callers correct it by the clock of the very platform that they call (reading C7).
 */
export async function newestCheck({ db }: Store<CheckRecordTables>): Promise<ConfirmedTime | null> {
  const row = await db
    .selectFrom('checkRecord')
    .select('checkTime')
    .where('quarantine', 'is', null)
    .orderBy('checkTime', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : { at: row.checkTime as WallClock, by: 'the newest check record' };
}
