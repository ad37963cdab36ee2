import type { Migrations } from '@ticket-check/storage';
import type { Generated } from 'kysely';

/** Times are wall clocks of Asia/Shanghai. */
export type RecheckTables = {
  /**
   * Admissions to recheck once the upstream answers, and again at `askAt` after `timesAsked` answers without a finding.
   * Reading C3.
   */
  recheck: { recordId: string; queuedAt: string; timesAsked: Generated<number>; askAt: Generated<string | null> };
};

/** The table of admissions to recheck. Reading C3. */
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
