import type { MessageLanguage, WallClock } from '@ticket-check/protocol';
import { createTables } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { AccountRole } from './account.ts';

export type AccountRow = {
  username: string;
  role: AccountRole;
  cinemaCodes: string;
  keys: string;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  displayName: string | null;
  messageLanguage: MessageLanguage;
  /** The account that it replaces: at most one, which no other account replaces. */
  replaces: string | null;
};

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

export type RefusedRequestRow = {
  username: string;
  /** Epoch milliseconds. */
  at: number;
  code: string;
  /** Base64; null for one of more than 64 KiB. */
  body: string | null;
};

export type AccountTables = { account: AccountRow; accountStore: AccountStoreRow; refusedRequest: RefusedRequestRow };

export const accountMigrations = createTables<AccountTables>(
  sql`create table account (
    username text primary key, role text not null, cinema_codes text not null, keys text not null,
    created_at text not null, expires_at text, revoked_at text, replaces text, display_name text,
    message_language text default 'en' not null
  )`,
  sql`create unique index account_replaces on account (replaces)`,
  sql`create table account_store (username text primary key, store_id text not null, seen_at bigint not null)`,
  sql`create table refused_request (username text primary key, at bigint not null, code text not null, body text)`,
);
