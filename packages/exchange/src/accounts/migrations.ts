import type { Migrations } from '@ticket-check/storage';
import type { AccountRole } from './account.ts';

export type AccountRow = {
  username: string;
  role: AccountRole;
  /** A JSON array of cinema codes, or `all`. */
  cinemaCodes: string;
  /** One-line Base64 of the DER SubjectPublicKeyInfo. */
  publicKey: string;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
};

/** The store that an account was last used from; accounts of callers that name none have no row. */
export type AccountStoreRow = {
  username: string;
  storeId: string;
  /** Epoch milliseconds, up to a minute behind. */
  seenAt: number;
};

export type AccountTables = { account: AccountRow; accountStore: AccountStoreRow };

export const accountMigrations: Migrations = {
  '2026-11-24-accounts': async (db) => {
    await db.schema
      .createTable('account')
      .addColumn('username', 'text', (column) => column.primaryKey())
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('cinema_codes', 'text', (column) => column.notNull())
      .addColumn('public_key', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'text')
      .addColumn('revoked_at', 'text')
      .execute();
  },
  '2026-11-25-account-stores': async (db) => {
    await db.schema
      .createTable('account_store')
      .addColumn('username', 'text', (column) => column.primaryKey())
      .addColumn('store_id', 'text', (column) => column.notNull())
      .addColumn('seen_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};
