import { haveSameTicket, inSlices, ROWS_A_SLICE, type Walk } from '@ticket-check/check-records';
import type { Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { RetainedTables } from './scans-beside-records.ts';

/**
 * Purges scans of genuine tickets that admitted nobody. Those of a ticket whose entry is here are evidence and stay
 * (`RECORD_STAYS`) until a purge after the one of its record, as do those with a claim to release (`CLAIM_OPEN`). Scans that no key
 * opened are deleted sooner (`discardOldScans`).
 *
 * Scans are read in the order of `sequence`, up to a slice in which none is old enough: a salvaged scan stays until those before
 * it are as old. Reading S3.
 */
export function walkRefusedScans(store: Store<RetainedTables>): Walk {
  return inSlices<Scan>(store, async (db, { after, terms: { cutoff }, deletes }) => {
    const trx = db.$extendTables<RetainedTables>();
    const scans = await selectScans(trx, after?.sequence ?? 0).execute();
    const old = scans.filter(({ scannedAt }) => scannedAt < cutoff);
    const gone: number[] = [];
    const stayed: Record<string, number> = {};
    for (const scan of old) {
      if (scan.startTime === null || scan.verdict === 'ADMIT') continue;
      const reason = reasonToStay(scan, scan.startTime, cutoff);
      if (reason === null) gone.push(scan.sequence);
      else stayed[reason] = (stayed[reason] ?? 0) + 1;
    }
    if (deletes && gone.length > 0) await trx.deleteFrom('scan').where('sequence', 'in', gone).execute();
    return {
      gone: { scans: gone.length },
      stayed,
      oldest: null,
      last: old.length === 0 || scans.length < ROWS_A_SLICE ? undefined : scans.at(-1),
    };
  });
}

function reasonToStay({ verdict, releases, hasEntry }: Scan, startTime: string, cutoff: string): string | null {
  if (verdict === null || releases === 1) return 'CLAIM_OPEN';
  if (startTime >= cutoff) return 'LATER';
  return hasEntry === 1 ? 'RECORD_STAYS' : null;
}

type Scan = Awaited<ReturnType<ReturnType<typeof selectScans>['execute']>>[number];

function selectScans(db: Kysely<RetainedTables>, after: number) {
  return db
    .selectFrom('scan')
    .select(['sequence', 'verdict', 'scannedAt', 'startTime'])
    .select(
      sql<number>`exists (
        select 1 from entry e
        where ${haveSameTicket('e', 'scan')}
      )`.as('hasEntry'),
    )
    .select(sql<number>`exists (select 1 from claim_release c where c.record_id = scan.record_id)`.as('releases'))
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(ROWS_A_SLICE);
}
