import type { Migrations } from '@ticket-check/storage';

/** Findings of gate sensors. Times are wall clocks of Asia/Shanghai. */
export type PassageTables = {
  /** Admissions whose guest the sensor did not see, kept for a day unless the guest comes after all or the entry is undone. */
  unpassedAdmission: { recordId: string; gate: string; noticedAt: string };
  /** Gates that people went through unadmitted, until staff acknowledge it. */
  unadmittedPassage: { gate: string; since: string; last: string; count: number };
};

export const passageMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('unpassed_admission')
      .addColumn('record_id', 'text', (column) => column.primaryKey())
      .addColumn('gate', 'text', (column) => column.notNull())
      .addColumn('noticed_at', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('unadmitted_passage')
      .addColumn('gate', 'text', (column) => column.primaryKey())
      .addColumn('since', 'text', (column) => column.notNull())
      .addColumn('last', 'text', (column) => column.notNull())
      .addColumn('count', 'integer', (column) => column.notNull())
      .execute();
  },
};
