import type { IntakeReply } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { NationalStore } from '../database.ts';
import type { RowKind } from './row-kind.ts';

/** What the intake works with. */
export type Intake = { readonly store: NationalStore; readonly now: Clock };

/**
 * Takes in at most 1000 rows in one transaction: all, or none where one is refused. `imported` counts rows that were new
 * or changed something.
 *
 * @throws ProtocolError with the `index` of the refused row in its details.
 */
export async function importRows<Row>(
  kind: RowKind<Row>,
  { store }: Intake,
  rows: readonly Row[],
): Promise<IntakeReply> {
  if (rows.length === 0) return { imported: 0, unchanged: 0 };
  const imported = await store.transaction((trx) => kind.write(store, trx, rows));
  return { imported, unchanged: rows.length - imported };
}
