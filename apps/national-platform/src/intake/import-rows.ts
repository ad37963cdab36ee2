import type { IntakeReply } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { type ImportOrigin, originOfCommand } from '../imported-rows/import-origin.ts';
import { forgetOldRequests, isFirstTime } from './import-requests.ts';
import { countImported, forgetOldCounts } from './intake-counts.ts';
import type { IntakeTables } from './intake-tables.ts';
import type { RowKind } from './row-kind.ts';

/** What the intake works with. */
export type Intake = { readonly store: Store<IntakeTables>; readonly now: Clock };

/**
 * Imports at most 1000 rows in one transaction, all or none. `imported` counts new and changed rows. Rows with a later
 * Datetime stay, and a repeated signed request changes nothing.
 *
 * @throws ProtocolError with the `index` of the refused row in its details.
 */
export async function importRows<Row>(
  kind: Pick<RowKind<Row>, 'name' | 'write'>,
  { store, now }: Intake,
  rows: readonly Row[],
  origin: ImportOrigin = originOfCommand(now),
): Promise<IntakeReply> {
  if (rows.length === 0) return { imported: 0, unchanged: 0 };
  if (origin.signature !== null) {
    await forgetOldRequests(store.db, origin);
    await forgetOldCounts(store.db, now);
  }
  const imported = await store.transaction(async (trx) => {
    if (!(await isFirstTime(trx, origin))) return 0;
    const changed = await kind.write(store, trx, rows, origin);
    const counts = { imported: changed, unchanged: rows.length - changed };
    await countImported(trx, { source: origin.source, kind: kind.name, now, ...counts });
    return changed;
  });
  return { imported, unchanged: rows.length - imported };
}
