import type { WallClock } from '@ticket-check/protocol';
import { type Migrations, optional, required } from '@ticket-check/storage';
import type { AccountRole } from './account.ts';

export type AccountRow = {
  username: string;
  role: AccountRole;
  /** A JSON array of cinema codes, or `all`. */
  cinemaCodes: string;
  /** A JSON array of one or two `StoredKey`, the latest last. */
  keys: string;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  displayName: string | null;
  /** The account that it replaces: at most one, which no other account replaces. */
  replaces: string | null;
};

/** A key as the row of its account has it. */
export type StoredKey = {
  /** One-line Base64 of the DER SubjectPublicKeyInfo. */
  readonly spki: string;
  readonly algorithm: string;
  readonly addedAt: WallClock;
};

/** The store that an account was last used from; accounts of callers that name none have no row. */
type AccountStoreRow = {
  username: string;
  storeId: string;
  /** Epoch milliseconds, up to a minute behind. */
  seenAt: number;
};

export type AccountTables = { account: AccountRow; accountStore: AccountStoreRow };

export const accountMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('account')
      .addColumn('username', 'text', (column) => column.primaryKey())
      .$call(required('text', 'role', 'cinema_codes', 'keys', 'created_at'))
      .$call(optional('text', 'expires_at', 'revoked_at', 'replaces', 'display_name'))
      .execute();
    await db.schema.createIndex('account_replaces').on('account').column('replaces').unique().execute();
    await db.schema
      .createTable('account_store')
      .addColumn('username', 'text', (column) => column.primaryKey())
      .addColumn('store_id', 'text', (column) => column.notNull())
      .addColumn('seen_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};
