import type { PriceForm } from '@ticket-check/protocol';
import { createTables } from '@ticket-check/storage';
import { type Generated, sql } from 'kysely';

export type UpstreamRow = {
  /** There is one upstream: the row's id is always 1. */
  id: number;
  url: string;
  username: string;
  privateKey: string;
  ca: string | null;
  /** A JSON array of cinema codes, or `all`. */
  cinemaCodes: string;
  payloadForm: string;
  priceForm: PriceForm;
  extensions: string;
  /** The generation of its data, and after commas those that it replaces. */
  generation: string | null;
  algorithm: Generated<string>;
};

/** The key pair that is to sign next, while the platform above does not know it yet. */
type PendingKeyRow = {
  id: number;
  /** PEM, PKCS#8. */
  privateKey: string;
};

export type UpstreamTables = { upstream: UpstreamRow; pendingKey: PendingKeyRow };

export const upstreamMigrations = createTables<UpstreamTables>(
  sql`create table upstream (
    id bigint primary key, url text not null, username text not null, private_key text not null, ca text,
    cinema_codes text not null, payload_form text not null, price_form text not null, extensions text not null,
    generation text, algorithm text default 'rsa-md5' not null
  )`,
  sql`create table pending_key (id bigint primary key, private_key text not null)`,
);
