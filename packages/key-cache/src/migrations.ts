import type { Migrations } from '@ticket-check/storage';

/** Rows of the key cache; times of fetching are epoch milliseconds. */
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
  /** What is left of the allowance of fetches on demand: of a cinema with keys, and of all others together. */
  keyRefresh: {
    readonly name: string;
    /** When the whole burst is available again, epoch milliseconds. */
    readonly fullAt: number;
    /** When a fetch was last taken, epoch milliseconds. */
    readonly takenAt: number;
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
    await db.schema
      .createTable('key_refresh')
      .addColumn('name', 'text', (column) => column.primaryKey())
      // Epoch milliseconds.
      .addColumn('full_at', 'bigint', (column) => column.notNull())
      .addColumn('taken_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};
