import type { PriceForm } from '@ticket-check/protocol';
import { type Migrations, required } from '@ticket-check/storage';
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
      .$call(required('text', 'url', 'username', 'private_key'))
      .addColumn('ca', 'text')
      .$call(required('text', 'cinema_codes', 'payload_form', 'price_form', 'extensions'))
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
