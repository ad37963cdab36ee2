import type { Migrations } from '@ticket-check/storage';

export type PublicKeyTables = {
  publicKey: {
    /** Hex SHA-256 of the modulus, and the primary key: one modulus belongs to one cinema, once (reading T7). */
    fingerprint: string;
    cinemaCode: string;
    startTime: string;
    /** One-line Base64 of the DER SubjectPublicKeyInfo, as GetPublicKeys sends it. */
    spki: string;
  };
};

/** A key is never deleted: a record is compared with the keys of its own day (reading R6). */
export const publicKeyMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('public_key')
      .addColumn('fingerprint', 'text', (column) => column.primaryKey())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('spki', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('public_key_cinema').on('public_key').columns(['cinema_code', 'start_time']).execute();
  },
};
