import { createHash } from 'node:crypto';
import { addSeconds, type IntakeReply } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { createTables, type Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { type ImportOrigin, originOfCommand } from '../imported-rows.ts';
import { countIntake, forgetOldCounts } from './intake-counts.ts';
import type { IntakeTables, RowKind } from './kinds.ts';

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
    await countIntake(trx, { source: origin.source, kind: kind.name, now }, counts);
    return changed;
  });
  return { imported, unchanged: rows.length - imported };
}

export type ImportRequestTables = {
  /** Signed imports of the last hours, so that a repeated one changes nothing (reading E7). */
  importRequest: { digest: string; datetime: string };
};

export const importRequestMigrations = createTables<ImportRequestTables>(
  sql`create table import_request (digest text primary key, datetime text not null)`,
  sql`create index import_request_datetime on import_request (datetime)`,
);

/** Twice the widest clock window, so that no request is forgotten while it would still be accepted. */
const REMEMBERED_SECONDS = 2 * 3600;

/**
 * Remembers a signed import in the transaction that carries it out; returns false if it was carried out before. Uses the
 * digest of the signature, which is deterministic and does not change with white space in the body.
 */
async function isFirstTime(trx: Kysely<ImportRequestTables>, { datetime, signature }: ImportOrigin): Promise<boolean> {
  if (signature === null) return true;
  const digest = createHash('sha256').update(signature).digest('hex');
  const inserted = await trx
    .insertInto('importRequest')
    .values({ digest, datetime })
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .returning('digest')
    .executeTakeFirst();
  return inserted !== undefined;
}

/** Forgets imports that are too old to be sent again. */
async function forgetOldRequests(db: Kysely<ImportRequestTables>, { datetime }: ImportOrigin): Promise<void> {
  await db.deleteFrom('importRequest').where('datetime', '<', addSeconds(datetime, -REMEMBERED_SECONDS)).execute();
}
