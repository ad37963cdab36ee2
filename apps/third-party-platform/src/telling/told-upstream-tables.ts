import type { Migrations } from '@ticket-check/storage';

/** What was last reported to the national platform about a cinema and business date, so that only changes are reported again. */
type ToldUpstreamRow = {
  businessDate: string;
  cinemaCode: string;
  /** The generation of the national platform's data that received it: another one has lost it. Reading X4. */
  generation: string;
  entries: number;
  delivered: number;
  /** The business date on which its hours were last reported; null if only counts were. */
  hoursOn: string | null;
};

export type ToldUpstreamTables = { toldUpstream: ToldUpstreamRow };

export const toldUpstreamMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('told_upstream')
      .addColumn('business_date', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('generation', 'text', (column) => column.notNull())
      .addColumn('entries', 'bigint', (column) => column.notNull())
      .addColumn('delivered', 'bigint', (column) => column.notNull())
      .addColumn('hours_on', 'text')
      .addPrimaryKeyConstraint('told_upstream_pk', ['business_date', 'cinema_code'])
      .execute();
  },
};
