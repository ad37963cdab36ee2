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

export type AccountTables = { account: AccountRow };

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
};
