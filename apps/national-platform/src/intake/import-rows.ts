import type { IntakeReply } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { type ImportOrigin, originOfCommand } from '../imported-rows/import-origin.ts';
import { forgetOldRequests, isFirstTime } from './import-requests.ts';
import type { IntakeTables } from './intake-tables.ts';
import type { RowKind } from './row-kind.ts';

/** What the intake works with. */
export type Intake = { readonly store: Store<IntakeTables>; readonly now: Clock };

/**
 * Takes in at most 1000 rows in one transaction: all, or none where one is refused. `imported` counts rows that were new
 * or changed something. Rows that a later Datetime wrote stay, and a signed request that comes again changes nothing.
 *
 * @throws ProtocolError with the `index` of the refused row in its details.
 */
export async function importRows<Row>(
  kind: Pick<RowKind<Row>, 'write'>,
  { store, now }: Intake,
  rows: readonly Row[],
  origin: ImportOrigin = originOfCommand(now),
): Promise<IntakeReply> {
  if (rows.length === 0) return { imported: 0, unchanged: 0 };
  if (origin.signature !== null) await forgetOldRequests(store.db, origin);
  const imported = await store.transaction(async (trx) =>
    (await isFirstTime(trx, origin)) ? kind.write(store, trx, rows, origin) : 0,
  );
  return { imported, unchanged: rows.length - imported };
}
