import type { Migrations } from '@ticket-check/storage';

/** What a machine shows in place of a login. */
type TokenRow = {
  name: string;
  /** SHA-256, hexadecimal. Only the machine has the token itself. */
  tokenHash: string;
  /** A JSON array of permissions. */
  permissions: string;
  /** A JSON array of cinema codes, or `all`. */
  cinemaCodes: string;
  createdAt: string;
  /** The operator who made it, or by whose token it was made; null if the service had no operators. */
  addedBy: string | null;
  /** It works until then. */
  endsAt: string;
  /** Epoch milliseconds of its last use, up to a minute behind. */
  usedAt: number | null;
  revokedAt: string | null;
};

export type TokenTables = { apiToken: TokenRow };

export const tokenMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('api_token')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('token_hash', 'text', (column) => column.notNull())
      .addColumn('permissions', 'text', (column) => column.notNull())
      .addColumn('cinema_codes', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('added_by', 'text')
      .addColumn('ends_at', 'text', (column) => column.notNull())
      .addColumn('used_at', 'bigint')
      .addColumn('revoked_at', 'text')
      .execute();
    await db.schema.createIndex('api_token_by_hash').on('api_token').column('token_hash').unique().execute();
  },
};
