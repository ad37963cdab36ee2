import type { CheckRecordTables } from '@ticket-check/check-records';
import type { WallClock } from '@ticket-check/protocol';
import { measuredGauge, type Service } from '@ticket-check/runtime';
import { purgeInSlices, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { forgetRefusals, type OverrideTables } from './refusals.ts';
import type { ScanTables } from './scan-tables.ts';

const EVERY_MS = 5 * 60_000;
/** Rows per slice: a few milliseconds of work. */
const SLICE = 200;

/** Discards scans that no key opened, except the newest: anybody at a scanner can make any number of them. */
export type ScanDiscard = {
  /** Deletes all but the newest `keep`; returns how many. */
  run(keep: number, stopping: AbortSignal): Promise<number>;
  /** How many were deleted since this store began, by verdict. */
  discarded(): Promise<Record<string, number>>;
};

/**
 * Deletes old scans without a ticket: unreadable, not genuine, of another cinema, without a key. Admissions, refusals of
 * genuine tickets and scans that may have claimed have a ticket and stay. Deleted scans are counted in the same commit.
 */
export function createScanDiscard(store: Store<ScanTables>): ScanDiscard {
  const withoutTicket = () =>
    store.db.selectFrom('scan').where('filmTicketCode', 'is', null).where('verdict', 'is not', null);

  /** Deletes the oldest ones up to a sequence, at most one slice. */
  function discardSlice(last: number, size: number): Promise<number> {
    return store.transaction(async (trx) => {
      const oldest = trx
        .selectFrom('scan')
        .select('sequence')
        .where('filmTicketCode', 'is', null)
        .where('verdict', 'is not', null)
        .where('sequence', '<=', last)
        .orderBy('sequence')
        .limit(size);
      const gone = await trx.deleteFrom('scan').where('sequence', 'in', oldest).returning('verdict').execute();
      for (const [verdict, { length }] of Map.groupBy(gone, (row) => row.verdict ?? '')) {
        await trx
          .insertInto('discardedScan')
          .values({ verdict, count: length })
          .onConflict((conflict) =>
            conflict.column('verdict').doUpdateSet({ count: sql`discarded_scan.count + excluded.count` }),
          )
          .execute();
      }
      return gone.length;
    });
  }

  return {
    async run(keep, stopping) {
      const newest = withoutTicket().select('sequence').orderBy('sequence', 'desc').limit(1).offset(keep);
      const last = (await newest.executeTakeFirst())?.sequence;
      if (last === undefined) return 0;
      return purgeInSlices(SLICE, (size) => discardSlice(last, size), stopping);
    },

    async discarded() {
      const rows = await store.db.selectFrom('discardedScan').selectAll().execute();
      return Object.fromEntries(rows.map(({ verdict, count }) => [verdict, count]));
    },
  };
}

/** Deletes old rows that no reading asks to keep, once the agent listens and every five minutes. */
export function discardOldScans(
  service: Service,
  options: {
    store: Store<ScanTables & OverrideTables & CheckRecordTables>;
    clock: { now(): WallClock };
    /** How many scans without a ticket are kept. */
    keep: number;
    /** Deletes what was announced of sessions that are over. */
    forgetOldChanges: () => Promise<void>;
  },
): void {
  const { store, clock, keep, forgetOldChanges } = options;
  const { logger, metrics } = service;
  const discard = createScanDiscard(store);
  const forgetSlice = (size: number) => store.transaction((trx) => forgetRefusals(trx, clock.now(), size));
  async function run(stopping: AbortSignal): Promise<void> {
    const discarded = await discard.run(keep, stopping);
    if (discarded > 0) logger.warn({ discarded, keep }, 'deleted old scans without a ticket');
    await purgeInSlices(SLICE, forgetSlice, stopping);
    await forgetOldChanges();
  }

  measuredGauge(metrics, 'scans_discarded', 'Scans without a ticket that were deleted for newer ones', async () =>
    Object.values(await discard.discarded()).reduce((sum, count) => sum + count, 0),
  );
  service.check({ name: 'scans', run: async () => ({ ok: true, discarded: await discard.discarded() }) });
  service.job({ name: 'discard scans', runs: 'in one process', everyMs: EVERY_MS, run, atOnce: true });
}
