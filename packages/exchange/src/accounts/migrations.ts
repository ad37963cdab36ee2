import { type Migrations, optional, required } from '@ticket-check/storage';
import { type Generated, sql } from 'kysely';
import type { AccountRole } from './account.ts';

export type AccountRow = {
  username: string;
  role: AccountRole;
  /** A JSON array of cinema codes, or `all`. */
  cinemaCodes: string;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  displayName: string | null;
  /** The account that it replaces: at most one, which no other account replaces. */
  replaces: string | null;
};

/** A key of an account. The two slots are what holds their number at two. */
export type AccountKeyRow = {
  username: string;
  slot: 1 | 2;
  /** One-line Base64 of the DER SubjectPublicKeyInfo. */
  publicKey: string;
  addedAt: string;
  algorithm: Generated<string>;
};

/** The store that an account was last used from; accounts of callers that name none have no row. */
type AccountStoreRow = {
  username: string;
  storeId: string;
  /** Epoch milliseconds, up to a minute behind. */
  seenAt: number;
};

export type AccountTables = { account: AccountRow; accountKey: AccountKeyRow; accountStore: AccountStoreRow };

export const accountMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('account')
      .addColumn('username', 'text', (column) => column.primaryKey())
      .$call(required('text', 'role', 'cinema_codes', 'created_at'))
      .$call(optional('text', 'expires_at', 'revoked_at', 'replaces', 'display_name'))
      .execute();
    await db.schema.createIndex('account_replaces').on('account').column('replaces').unique().execute();
    await db.schema
      .createTable('account_store')
      .addColumn('username', 'text', (column) => column.primaryKey())
      .addColumn('store_id', 'text', (column) => column.notNull())
      .addColumn('seen_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('account_key')
      .addColumn('username', 'text', (column) => column.notNull())
      .addColumn('slot', 'bigint', (column) => column.notNull().check(sql`slot in (1, 2)`))
      .$call(required('text', 'public_key', 'added_at'))
      .addColumn('algorithm', 'text', (column) => column.notNull().defaultTo('rsa-md5'))
      .addPrimaryKeyConstraint('account_key_pkey', ['username', 'slot'])
      .execute();
  },
};
