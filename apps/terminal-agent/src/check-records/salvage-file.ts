import { createHash } from 'node:crypto';
import {
  createRecordStore,
  type KeepResult,
  type ReceivedRecord,
  type Salvaged,
  salvageRecords,
} from '@ticket-check/check-records';
import { type Store, salvageRows } from '@ticket-check/storage';
import type { TerminalTables } from '../migrations.ts';
import { SALVAGED } from '../scan/scan-tables.ts';

/**
 * Takes what can be read of a store that was set aside back into this one: check records, the scans that made them and
 * the entries, so that whoever went in then does not go in again. A second time changes nothing. Reading X4.
 *
 * @throws StoreError when the file cannot be read or was written with another key.
 */
export function salvageFile(store: Store<TerminalTables>, path: string, key: string): Promise<Salvaged> {
  return salvageRecords(salvageRows(path, key), (batch) => keepBatch(store, batch));
}

/** Carries what a batch came to out of a transaction that must not be committed. */
class Refused extends Error {
  readonly results: KeepResult[];
  constructor(results: KeepResult[]) {
    super('refused');
    this.results = results;
  }
}

async function keepBatch(store: Store<TerminalTables>, batch: readonly ReceivedRecord[]): Promise<KeepResult[]> {
  const recordStore = createRecordStore(store);
  const rows = batch.filter(({ quarantine }) => quarantine === null).map(rowOf);
  try {
    return await store.transaction(async (trx) => {
      const results = await recordStore.keep(batch, { forward: true }, trx);
      if (results.includes('conflict')) throw new Refused(results);
      for (const { scan, entry } of rows) {
        await trx
          .insertInto('scan')
          .values(scan)
          .onConflict((conflict) => conflict.doNothing())
          .execute();
        await trx
          .insertInto('entry')
          .values(entry)
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
      return results;
    });
  } catch (error) {
    if (error instanceof Refused) return error.results;
    throw error;
  }
}

/** The scan as it must have been; that its gate opened is not known, and staff who remember the guest know better. */
function rowOf(record: ReceivedRecord) {
  const { recordId, source: gate, cinemaCode, filmTicketCode, startTime, ticketInfoCode, checkTime } = record;
  const textHash = createHash('sha256').update(ticketInfoCode).digest('hex');
  const scan = {
    ...{ recordId, textHash, gate, cinemaCode, filmTicketCode, startTime, scannedAt: checkTime },
    ...{ verdict: 'ADMIT', detail: SALVAGED, confirmed: 0, decidedAt: checkTime, openedAt: checkTime },
  };
  return { scan, entry: { startTime, cinemaCode, filmTicketCode, recordId } };
}
