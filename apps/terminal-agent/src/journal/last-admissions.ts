import type { WallClock } from '@ticket-check/protocol';
import { type Kysely, sql } from 'kysely';
import { SALVAGED, type ScanTables } from './scan-tables.ts';

/**
 * The admissions that the clock is not to stand before: the newest of this store, and of those that were salvaged into
 * it the one with the latest moment, since they came after newer ones. Reading C7.
 */
export async function lastAdmissions(db: Kysely<ScanTables>): Promise<{ at: WallClock; correctionMs: number }[]> {
  const admissions = db
    .selectFrom('scan')
    .select(['scannedAt', 'clockCorrectionMs'])
    .where('verdict', '=', 'ADMIT')
    .limit(1);
  // Of its own the newest and not the latest: an upstream may have set right a clock that was ahead for a while.
  const own = admissions.where('detail', 'is', null).orderBy('sequence', 'desc');
  const salvaged = admissions.where('detail', '=', sql.lit(SALVAGED)).orderBy('scannedAt', 'desc');
  const rows = await Promise.all([own.executeTakeFirst(), salvaged.executeTakeFirst()]);
  return rows
    .filter((row) => row !== undefined)
    .map(({ scannedAt, clockCorrectionMs }) => ({ at: scannedAt as WallClock, correctionMs: clockCorrectionMs }));
}
