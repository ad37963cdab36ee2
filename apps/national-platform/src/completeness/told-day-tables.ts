import type { Migrations } from '@ticket-check/storage';

/** The last report of a platform for a cinema and business date. Reading X10. */
type ToldDayRow = {
  businessDate: string;
  cinemaCode: string;
  username: string;
  /** By the platform's own clock, and by the one here. */
  countedAt: string;
  toldAt: string;
  entries: number;
  /** How many of these it knows to be accepted here. */
  delivered: number;
  /** `HourOfRecords` of each hour, as JSON; null where only counts were reported. */
  hours: string | null;
  /** 1: its hashes cover overrides (reading R10) and undone entries (reading R9). */
  overrides: number;
  undone: number;
};

export type ToldDayTables = { toldDay: ToldDayRow };

export const toldDayMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('told_day')
      .addColumn('business_date', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('username', 'text', (column) => column.notNull())
      .addColumn('counted_at', 'text', (column) => column.notNull())
      .addColumn('told_at', 'text', (column) => column.notNull())
      .addColumn('entries', 'bigint', (column) => column.notNull())
      .addColumn('delivered', 'bigint', (column) => column.notNull())
      .addColumn('hours', 'text')
      .addColumn('overrides', 'bigint', (column) => column.notNull())
      .addColumn('undone', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('told_day_pk', ['business_date', 'cinema_code', 'username'])
      .execute();
  },
};
