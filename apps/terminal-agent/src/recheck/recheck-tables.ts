import { formerly, type Migrations } from '@ticket-check/storage';
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
  // Databases of earlier versions have it from the step `2026-11-25-scan-claims`.
  '2026-11-25-late-questions': async (db) => {
    await db.schema
      .createTable('late_question')
      .ifNotExists()
      .addColumn('record_id', 'text', (column) => column.primaryKey())
      .addColumn('queued_at', 'text', (column) => column.notNull())
      .execute();
  },

  '2026-11-25-late-questions-again': formerly('2026-11-26-late-question-again', async (db) => {
    await db.schema
      .alterTable('late_question')
      .addColumn('times_asked', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema.alterTable('late_question').addColumn('ask_at', 'text').execute();
  }),

  '2026-11-26-rechecks': async (db) => {
    await db.schema.alterTable('late_question').renameTo('recheck').execute();
  },
};
