import type { CinemaCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { haveSameKey, isAfter, isOfCinemas, KEY_COLUMNS, keyOf, type RecordKey } from '../tables/keys.ts';
import { queueRecords } from '../tables/outbox-rows.ts';
import { type QuarantineCode, type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import { CHECK_RECORD_COLUMNS, type CheckRecordTables } from '../tables/tables.ts';
import type { InSameTransaction } from './keep.ts';

const COLUMNS = Object.keys(CHECK_RECORD_COLUMNS) as (keyof typeof CHECK_RECORD_COLUMNS)[];

export function createQuarantine(
  store: Store<CheckRecordTables>,
  onQueued: (released: ReceivedRecord[]) => void,
  inSameTransaction: InSameTransaction | undefined,
) {
  return {
    /** Quarantined records, oldest RecordId first; `after`, the last of a page, continues a list. Reading R3. */
    async quarantined({
      cinemaCode,
      code,
      after,
      most = 1000,
    }: {
      cinemaCode?: CinemaCode;
      code?: QuarantineCode;
      after?: RecordKey;
      most?: number;
    } = {}): Promise<ReceivedRecord[]> {
      const rows = await store.db
        .selectFrom('checkRecord')
        .selectAll()
        .where('quarantine', 'is not', null)
        .where(isOfCinemas(cinemaCode, sql.ref('cinemaCode')))
        .$if(code !== undefined, (query) => query.where('quarantine', '=', code ?? ''))
        .where(after === undefined ? sql.lit(true) : isAfter(after))
        .orderBy('recordId')
        .orderBy('identity')
        .limit(most)
        .execute();
      return rows.map(recordOf);
    },

    /** Makes records count after all, and queues them for upstream; answers how many did not count before. */
    async release(quarantined: readonly ReceivedRecord[], { forward }: { forward: boolean }): Promise<number> {
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

    /** Replaces the reason of quarantined records; those that count by now are left as they are. */
    async relabel(quarantined: readonly ReceivedRecord[], code: QuarantineCode): Promise<void> {
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
