import type { PriceForm } from '@ticket-check/protocol';
import type { Migrations } from '@ticket-check/storage';
import type { Generated } from 'kysely';

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
  /** There is one at most: the row's id is always 1. */
  id: number;
  /** PEM, PKCS#8. */
  privateKey: string;
};

export type UpstreamTables = { upstream: UpstreamRow; pendingKey: PendingKeyRow };

export const upstreamMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('upstream')
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('url', 'text', (column) => column.notNull())
      .addColumn('username', 'text', (column) => column.notNull())
      .addColumn('private_key', 'text', (column) => column.notNull())
      .addColumn('ca', 'text')
      .addColumn('cinema_codes', 'text', (column) => column.notNull())
      .addColumn('payload_form', 'text', (column) => column.notNull())
      .addColumn('price_form', 'text', (column) => column.notNull())
      .addColumn('extensions', 'text', (column) => column.notNull())
      .addColumn('generation', 'text')
      .addColumn('algorithm', 'text', (column) => column.notNull().defaultTo('rsa-md5'))
      .execute();
    await db.schema
      .createTable('pending_key')
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('private_key', 'text', (column) => column.notNull())
      .execute();
  },
};
