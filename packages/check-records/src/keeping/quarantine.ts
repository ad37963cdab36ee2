import type { CinemaCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { haveSameKey, isAfter, KEY_COLUMNS, keyOf, type RecordKey } from '../tables/keys.ts';
import { queueRecords } from '../tables/outbox-rows.ts';
import { CHECK_RECORD_COLUMNS, type QuarantineCode, type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import type { InSameTransaction } from './keep.ts';

export type Quarantine = {
  /** Quarantined records, oldest RecordId first, of one cinema or of all; `after`, the last of a page, continues a list. Reading R3. */
  quarantined(filter?: {
    cinemaCode?: CinemaCode;
    code?: QuarantineCode;
    after?: RecordKey;
    most?: number;
  }): Promise<ReceivedRecord[]>;
  /** Makes records count after all, and queues them for upstream; answers how many did not count before. */
  release(records: readonly ReceivedRecord[], options: { forward: boolean }): Promise<number>;
  /** Replaces the reason of quarantined records; those that count by now are left as they are. */
  relabel(records: readonly ReceivedRecord[], code: QuarantineCode): Promise<void>;
};

const COLUMNS = Object.keys(CHECK_RECORD_COLUMNS) as (keyof typeof CHECK_RECORD_COLUMNS)[];

export function createQuarantine(
  store: Store<CheckRecordTables>,
  onQueued: (released: ReceivedRecord[]) => void,
  inSameTransaction: InSameTransaction | undefined,
): Quarantine {
  return {
    async quarantined({ cinemaCode, code, after, most = 1000 } = {}) {
      const rows = await store.db
        .selectFrom('checkRecord')
        .selectAll()
        .where('quarantine', 'is not', null)
        .$if(cinemaCode !== undefined, (query) => query.where('cinemaCode', '=', cinemaCode ?? ''))
        .$if(code !== undefined, (query) => query.where('quarantine', '=', code ?? ''))
        .where(after === undefined ? sql.lit(true) : isAfter(after))
        .orderBy('recordId')
        .orderBy('identity')
        .limit(most)
        .execute();
      return rows.map(recordOf);
    },

    async release(quarantined, { forward }) {
      if (quarantined.length === 0) return 0;
      const given = store.rowsAsTable(quarantined.map(keyOf), KEY_COLUMNS);
      const released = await store.transaction(async (trx) => {
        const rows = await trx
          .updateTable('checkRecord')
          .from(given.as('given'))
          .set({ quarantine: null })
          .where(haveSameKey('checkRecord', 'given'))
          .where('checkRecord.quarantine', 'is not', null)
          // SQLite returns no wildcard of a table here.
          .returning(COLUMNS.map((column) => `checkRecord.${column}` as const))
          .execute();
        const records = rows.map(recordOf);
        if (forward) await queueRecords({ db: trx, store }, records);
        if (records.length > 0) await inSameTransaction?.(trx, records);
        return records;
      });
      if (forward) onQueued(released);
      return released.length;
    },

    async relabel(quarantined, code) {
      if (quarantined.length === 0) return;
      await store.db
        .updateTable('checkRecord')
        .from(store.rowsAsTable(quarantined.map(keyOf), KEY_COLUMNS).as('given'))
        .set({ quarantine: code })
        .where(haveSameKey('checkRecord', 'given'))
        .where('checkRecord.quarantine', 'is not', null)
        .execute();
    },
  };
}
