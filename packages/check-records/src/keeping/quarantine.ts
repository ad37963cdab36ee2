import { columnsOf, queryOverRows, type Store, writeTogether } from '@ticket-check/storage';
import { sql } from 'kysely';
import { haveSameKey, KEY_COLUMNS, keyOf } from '../tables/keys.ts';
import { queueing } from '../tables/outbox-rows.ts';
import { type QuarantineCode, type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import { CHECK_RECORD_COLUMNS, type CheckRecordRow, type CheckRecordTables } from '../tables/tables.ts';
import type { InSameTransaction } from './keep.ts';

type SettledRow = Pick<CheckRecordRow, keyof typeof SETTLED_COLUMNS>;

const SETTLED_COLUMNS = { ...KEY_COLUMNS, quarantine: 'text' } as const;

const settleRows = queryOverRows<CheckRecordTables, SettledRow, keyof SettledRow, CheckRecordRow>(
  SETTLED_COLUMNS,
  ({ db }, given) =>
    db
      .updateTable('checkRecord')
      .from(given.as('given'))
      .set({ quarantine: sql<QuarantineCode | null>`given.quarantine` })
      .where(haveSameKey('checkRecord', 'given'))
      .where('checkRecord.quarantine', 'is not', null)
      // SQLite returns no wildcard of a table here.
      .returning(columnsOf('checkRecord', CHECK_RECORD_COLUMNS)),
);

export function createQuarantine(
  store: Store<CheckRecordTables>,
  onQueued: (released: ReceivedRecord[]) => void,
  inSameTransaction: InSameTransaction | undefined,
) {
  return {
    /** Gives quarantined records the `quarantine` that they have here; answers how many now count and are queued. R3. */
    async settle(judged: readonly ReceivedRecord[], { forward }: { forward: boolean }): Promise<number> {
      if (judged.length === 0) return 0;
      const given = judged.map((record) => ({ ...keyOf(record), quarantine: record.quarantine }));
      const released = await store.transaction(async (trx) => {
        const rows = await settleRows.ask({ db: trx, store }, given);
        const records = rows.map(recordOf).filter(({ quarantine }) => quarantine === null);
        const following = records.length === 0 ? [] : await inSameTransaction?.(trx, records);
        await writeTogether({ db: trx, store }, [...queueing(store, forward ? records : []), ...(following ?? [])]);
        return records;
      });
      if (forward) onQueued(released);
      return released.length;
    },
  };
}
