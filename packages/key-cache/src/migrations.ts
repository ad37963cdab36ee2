import type { Migrations } from '@ticket-check/storage';

/** Rows as the two tables of the key cache hold them; times of fetching are epoch milliseconds. */
export type KeyCacheTables = {
  cachedKey: {
    cinemaCode: string;
    fingerprint: string;
    startTime: string;
    spki: string;
    /** 1: in the set that upstream sent last. 0: was in an earlier one. */
    current: number;
  };
  keyFetch: {
    cinemaCode: string;
    fetchedAt: number | null;
    attemptedAt: number;
    failure: string | null;
    alarm: string | null;
  };
};

/** The tables of the key cache. Of a cinema's keys the newest 256 stay: old records are checked with the keys of their day (reading R6). */
export const keyCacheMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('cached_key')
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('spki', 'text', (column) => column.notNull())
      .addColumn('current', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('cached_key_pk', ['cinema_code', 'start_time', 'fingerprint'])
      .execute();
    await db.schema
      .createTable('key_fetch')
      .addColumn('cinema_code', 'text', (column) => column.primaryKey())
      .addColumn('fetched_at', 'bigint')
      .addColumn('attempted_at', 'bigint', (column) => column.notNull())
      .addColumn('failure', 'text')
      .addColumn('alarm', 'text')
      .execute();
  },
};
