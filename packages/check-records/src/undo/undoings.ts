import type { RecordId, WallClock } from '@ticket-check/protocol';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { keyOf, keyText } from '../tables/record-key.ts';
import type { Database, ReversalRow } from '../tables/tables.ts';
import { loadReversalsOf } from './reversals.ts';

/** That an entry was undone, and what upstream knows of that. Reading R9. */
export type Undoing = {
  /** The RecordId of its compensating record. */
  readonly recordId: RecordId;
  readonly at: WallClock;
  /** `WAITING`: the entry still counts upstream, for good if upstream knows no compensating records. */
  readonly upstream: 'DELIVERED' | 'WAITING' | 'REFUSED';
};

/** Which of these records were undone, by `keyText`. */
export async function loadUndoings(
  database: Database,
  records: readonly ReceivedRecord[],
): Promise<Map<string, Undoing>> {
  const accounts = new Map(records.map((record) => [keyText(keyOf(record)), record.account]));
  const rows = await loadReversalsOf(database, records);
  return new Map(
    rows.flatMap((row) => {
      const key = keyText({ recordId: row.reverses, identity: row.identity });
      return accounts.get(key) === row.account ? [[key, undoingIn(row)] as const] : [];
    }),
  );
}

function undoingIn({ recordId, reversedAt, deliveredAt, errorCode }: ReversalRow): Undoing {
  const refused = errorCode === null ? 'WAITING' : 'REFUSED';
  return {
    recordId: recordId as RecordId,
    at: reversedAt as WallClock,
    upstream: deliveredAt === null ? refused : 'DELIVERED',
  };
}
