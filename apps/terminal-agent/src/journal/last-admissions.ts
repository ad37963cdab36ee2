import type { WallClock } from '@ticket-check/protocol';
import { type Kysely, sql } from 'kysely';
import { SALVAGED, type ScanTables } from './scan-tables.ts';

/**
 * Loads the admissions that the clock must not be before: the newest of this store, and the salvaged one with the latest
 * time, since salvaged ones are inserted after newer ones. Reading C7.
 */
export async function lastAdmissions(db: Kysely<ScanTables>): Promise<{ at: WallClock; correctionMs: number }[]> {
  const admissions = db
    .selectFrom('scan')
    .select(['scannedAt', 'clockCorrectionMs'])
    .where('verdict', '=', 'ADMIT')
    .limit(1);
  // The newest and not the latest of its own: the upstream may have corrected a clock that was ahead.
  const own = admissions.where('detail', 'is', null).orderBy('sequence', 'desc');
  const salvaged = admissions.where('detail', '=', sql.lit(SALVAGED)).orderBy('scannedAt', 'desc');
  const rows = await Promise.all([own.executeTakeFirst(), salvaged.executeTakeFirst()]);
  return rows
    .filter((row) => row !== undefined)
    .map(({ scannedAt, clockCorrectionMs }) => ({ at: scannedAt as WallClock, correctionMs: clockCorrectionMs }));
}
