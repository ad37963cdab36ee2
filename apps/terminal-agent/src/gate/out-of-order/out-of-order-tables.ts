import type { Migrations } from '@ticket-check/storage';

/** Rows of gates that are out of order. Times are wall clocks of Asia/Shanghai. */
export type OutOfOrderTables = {
  /** Gates that failed, until staff clear them: since when, and the first fault. */
  gateOutOfOrder: { gate: string; since: string; what: string };
};

export const outOfOrderMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('gate_out_of_order')
      .addColumn('gate', 'text', (column) => column.primaryKey())
      .addColumn('since', 'text', (column) => column.notNull())
      .addColumn('what', 'text', (column) => column.notNull())
      .execute();
  },
};
