import type { PayloadForm, PriceForm } from '@ticket-check/protocol';
import type { Migrations } from '@ticket-check/storage';

export type UpstreamRow = {
  /** There is one upstream: the row's id is always 1. */
  id: number;
  url: string;
  username: string;
  privateKey: string;
  ca: string | null;
  /** A JSON array of cinema codes, or `all`. */
  cinemaCodes: string;
  payloadForm: PayloadForm;
  priceForm: PriceForm;
  /** What it last announced. */
  extensions: string;
  generation: string | null;
};

export type UpstreamTables = { upstream: UpstreamRow };

export const upstreamMigrations: Migrations = {
  '2026-11-24-upstream': async (db) => {
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
      .execute();
  },
};
