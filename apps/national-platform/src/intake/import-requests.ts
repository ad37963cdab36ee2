import { createHash } from 'node:crypto';
import { addSeconds } from '@ticket-check/protocol';
import type { Migrations } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { ImportOrigin } from '../imported-rows/import-origin.ts';

export type ImportRequestTables = {
  /** Signed imports of the last hours, so that a repeated one changes nothing (reading E7). */
  importRequest: { digest: string; datetime: string };
};

export const importRequestMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('import_request')
      .addColumn('digest', 'text', (column) => column.primaryKey())
      .addColumn('datetime', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('import_request_datetime').on('import_request').columns(['datetime']).execute();
  },
};

/** Twice the widest clock window, so that no request is forgotten while it would still be accepted. */
const REMEMBERED_SECONDS = 2 * 3600;

/**
 * Remembers a signed import in the transaction that carries it out; returns false if it was carried out before. Uses the
 * digest of the signature, which is deterministic and does not change with white space in the body.
 */
export async function isFirstTime(
  trx: Kysely<ImportRequestTables>,
  { datetime, signature }: ImportOrigin,
): Promise<boolean> {
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
export async function forgetOldRequests(db: Kysely<ImportRequestTables>, { datetime }: ImportOrigin): Promise<void> {
  await db.deleteFrom('importRequest').where('datetime', '<', addSeconds(datetime, -REMEMBERED_SECONDS)).execute();
}
