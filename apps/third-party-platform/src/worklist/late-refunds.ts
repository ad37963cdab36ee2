import { type CheckRecordTables, type FindLateRefunds, lateRefundsIn } from '@ticket-check/check-records';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { FindingTables } from './finding-tables.ts';

/** Which entries are of refunded tickets: those on the worklist, whatever was noted about them. */
export function lateRefundsFound(store: Store<CheckRecordTables & FindingTables>): FindLateRefunds {
  return lateRefundsIn(store, 'finding', sql<boolean>`r.kind = 'LATE_REFUND' and r.found_at is not null`);
}
