import type { CinemaCode, RecordId } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Alongside } from './alongside.ts';
import { queueRecords } from './outbox-rows.ts';
import { type QuarantineCode, type ReceivedRecord, recordOf } from './received-record.ts';
import type { CheckRecordTables } from './tables.ts';

export type Quarantine = {
  /** Records that are kept aside, oldest RecordId first, of one cinema or of all; `after` continues a list. Reading R3. */
  quarantined(filter?: {
    cinemaCode?: CinemaCode;
    code?: QuarantineCode;
    after?: RecordId;
    most?: number;
  }): Promise<ReceivedRecord[]>;
  /** Makes records count after all, and queues them for upstream; answers how many did not count before. */
  release(ids: readonly RecordId[], options: { forward: boolean }): Promise<number>;
};

export function createQuarantine(
  store: Store<CheckRecordTables>,
  onQueued: (released: ReceivedRecord[]) => void,
  alongside: Alongside | undefined,
): Quarantine {
  return {
    async quarantined({ cinemaCode, code, after, most = 1000 } = {}) {
      const rows = await store.db
        .selectFrom('checkRecord')
        .selectAll()
        .where('quarantine', 'is not', null)
        .$if(cinemaCode !== undefined, (query) => query.where('cinemaCode', '=', cinemaCode ?? ''))
        .$if(code !== undefined, (query) => query.where('quarantine', '=', code ?? ''))
        .$if(after !== undefined, (query) => query.where('recordId', '>', after ?? ''))
        .orderBy('recordId')
        .limit(most)
        .execute();
      return rows.map(recordOf);
    },

    async release(ids, { forward }) {
      if (ids.length === 0) return 0;
      const given = store.rowsFrom(
        ids.map((recordId) => ({ recordId })),
        { recordId: 'text' },
      );
      const released = await store.transaction(async (trx) => {
        const rows = await trx
          .updateTable('checkRecord')
          .set({ quarantine: null })
          .where('recordId', 'in', (eb) => eb.selectFrom(given.as('given')).select('given.recordId'))
          .where('quarantine', 'is not', null)
          .returningAll()
          .execute();
        const records = rows.map(recordOf);
        if (forward) await queueRecords({ trx, store }, records);
        if (records.length > 0) await alongside?.(trx, records);
        return records;
      });
      if (forward) onQueued(released);
      return released.length;
    },
  };
}
