import type { Migrations } from '@ticket-check/storage';
import type { Generated } from 'kysely';

/** Times are wall clocks of Asia/Shanghai. */
export type RecheckTables = {
  /**
   * Admissions of which the upstream is to be asked once it answers, and again at `askAt` where it was asked
   * `timesAsked` times and knew of nothing. Reading C3.
   */
  recheck: { recordId: string; queuedAt: string; timesAsked: Generated<number>; askAt: Generated<string | null> };
};

/** The table of admissions to ask the upstream about. Reading C3. */
export const recheckMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('recheck')
      .addColumn('record_id', 'text', (column) => column.primaryKey())
      .addColumn('queued_at', 'text', (column) => column.notNull())
      .addColumn('times_asked', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('ask_at', 'text')
      .execute();
  },
};
