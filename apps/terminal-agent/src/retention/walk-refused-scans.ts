import { inSlice, ROWS_A_SLICE, ticketText, type Walk } from '@ticket-check/check-records';
import type { WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { RetainedTables } from './scans-beside-records.ts';

/**
 * Purges scans of genuine tickets that admitted nobody. Those of a ticket whose record stays are evidence and stay too, as do
 * those with a claim to release (`CLAIM_OPEN`). Scans that no key opened are deleted sooner (`discardOldScans`).
 *
 * Scans are read in the order of `sequence`, up to a slice in which none is old enough: a salvaged scan stays until those before
 * it are as old. Reading S3.
 */
export function walkRefusedScans(store: Store<RetainedTables>): Walk {
  return async function* ({ cutoff }, mode) {
    for (let after = 0; ; ) {
      const slice = await inSlice(store, mode.deletes, async (db) => {
        const trx = db.$extendTables<RetainedTables>();
        const scans = await selectScans(trx, after).execute();
        const old = scans.filter(({ scannedAt }) => scannedAt < cutoff);
        const gone: number[] = [];
        const stayed: Record<string, number> = {};
        for (const scan of old) {
          const reason = reasonToStay(scan);
          if (reason === null) gone.push(scan.sequence);
          else if (reason !== undefined) stayed[reason] = (stayed[reason] ?? 0) + 1;
        }
        if (mode.deletes && gone.length > 0) {
          await trx.deleteFrom('scan').where('sequence', 'in', gone).execute();
        }
        const last = old.length === 0 || scans.length < ROWS_A_SLICE ? undefined : scans.at(-1)?.sequence;
        return { gone: { scans: gone.length }, stayed, oldest: null, last };
      });
      yield slice;
      if (slice.last === undefined) return;
      after = slice.last;
    }

    /** null: may be purged; undefined: not such a scan. */
    function reasonToStay(scan: Scan): string | null | undefined {
      const { verdict, startTime, cinemaCode, filmTicketCode, entryAt } = scan;
      if (startTime === null || cinemaCode === null || filmTicketCode === null || verdict === 'ADMIT') return undefined;
      if (verdict === null || scan.releases === 1) return 'CLAIM_OPEN';
      if (startTime >= cutoff) return 'LATER';
      if (entryAt === null) return null;
      // Its record was purged earlier.
      const goesToo =
        !mode.deletes && entryAt < cutoff && !mode.staying.has(ticketText({ startTime, cinemaCode, filmTicketCode }));
      return goesToo ? null : 'RECORD_STAYS';
    }
  };
}

type Scan = Awaited<ReturnType<ReturnType<typeof selectScans>['execute']>>[number];

function selectScans(db: Kysely<RetainedTables>, after: number) {
  return db
    .selectFrom('scan')
    .select(['sequence', 'verdict', 'scannedAt', 'startTime', 'cinemaCode', 'filmTicketCode'])
    .select(
      sql<WallClock | null>`(
        select s.scanned_at from entry e join scan s on s.record_id = e.record_id
        where e.start_time = scan.start_time and e.cinema_code = scan.cinema_code
          and e.film_ticket_code = scan.film_ticket_code
      )`.as('entryAt'),
    )
    .select(sql<number>`exists (select 1 from claim_release c where c.record_id = scan.record_id)`.as('releases'))
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(ROWS_A_SLICE);
}
