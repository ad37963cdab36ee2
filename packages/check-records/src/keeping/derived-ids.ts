import { createSecretKey, type KeyObject } from 'node:crypto';
import { deriveRecordId, type RecordId, type WireCheckRecord } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { CheckRecordTables } from '../tables/tables.ts';

export function createDerivedIds(store: Store<CheckRecordTables>) {
  let loaded: KeyObject | undefined;

  async function loadSecret(): Promise<KeyObject> {
    const { secret } = await store.db.selectFrom('recordIdSecret').select('secret').executeTakeFirstOrThrow();
    return createSecretKey(secret, 'hex');
  }

  return {
    /** The RecordIds of records that came without one: the same whenever sent again through the account, and secret. X3. */
    async deriveIds(records: readonly Omit<WireCheckRecord, 'recordId'>[], account: string): Promise<RecordId[]> {
      if (records.length === 0) return [];
      const secret = loaded ?? (await loadSecret());
      loaded = secret;
      return records.map((record) => deriveRecordId(record, account, secret));
    },
  };
}
