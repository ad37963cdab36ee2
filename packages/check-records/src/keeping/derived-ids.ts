import { createSecretKey, type KeyObject } from 'node:crypto';
import { deriveRecordId, deriveUnkeyedRecordId, type RecordId, type WireCheckRecord } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { haveSameKey, KEY_COLUMNS, keyOf, keyText } from '../tables/record-key.ts';
import type { CheckRecordTables } from '../tables/tables.ts';

export type DerivedIds = {
  /**
   * The RecordIds of records that came without one, in order: the same whenever a record is sent again through the same
   * account, and known to nobody before it was. A record that an earlier version kept is found under its id of then.
   * Reading X3.
   */
  deriveIds(records: readonly Omit<WireCheckRecord, 'recordId'>[], account: string): Promise<RecordId[]>;
};

type Secret = { readonly secret: KeyObject; readonly unkeyedUntil: string | null };

export function createDerivedIds(store: Store<CheckRecordTables>): DerivedIds {
  let loaded: Promise<Secret> | undefined;

  async function loadSecret(): Promise<Secret> {
    const row = await store.db.selectFrom('recordIdSecret').selectAll().executeTakeFirstOrThrow();
    return { secret: createSecretKey(row.secret, 'hex'), unkeyedUntil: row.unkeyedUntil };
  }

  /** Which of these ids, derived without a secret, stand for a record of an earlier version. */
  async function storedUnder(keys: readonly ReturnType<typeof keyOf>[]): Promise<Set<string>> {
    if (keys.length === 0) return new Set();
    const rows = await store.db
      .selectFrom(store.rowsAsTable(keys, KEY_COLUMNS).as('given'))
      .innerJoin('checkRecord', (join) => join.on(haveSameKey('checkRecord', 'given')))
      .select(['checkRecord.recordId', 'checkRecord.identity'])
      .execute();
    return new Set(rows.map(keyText));
  }

  return {
    async deriveIds(records, account) {
      if (records.length === 0) return [];
      loaded ??= loadSecret();
      const { secret, unkeyedUntil } = await loaded.catch((error: unknown) => {
        loaded = undefined;
        throw error;
      });
      const unkeyed = records.map((record) => {
        if (unkeyedUntil === null || record.checkTime > unkeyedUntil) return null;
        return keyOf({ ...record, recordId: deriveUnkeyedRecordId(record, account) });
      });
      const stored = await storedUnder(unkeyed.filter((key) => key !== null));
      return records.map((record, index) => {
        const before = unkeyed[index];
        if (before !== undefined && before !== null && stored.has(keyText(before))) return before.recordId;
        return deriveRecordId(record, account, secret);
      });
    },
  };
}
