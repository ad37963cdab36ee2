import type { Migrations } from '@ticket-check/storage';

/** A record that a platform has found to differ from what is here. Reading X10. */
type ToldDifferenceRow = {
  username: string;
  businessDate: string;
  cinemaCode: string;
  /** Which comparison found it: the `CountedAt` of the calls that told it. */
  countedAt: string;
  /** Its place among the differences of that comparison, from 0. */
  place: number;
  kind: string;
  recordId: string;
  filmTicketCode: string;
  startTime: string;
  checkTime: string;
  errorCode: string | null;
  /** The names of the elements that differ, as JSON. */
  elements: string;
};

export type ToldDifferenceTables = { toldDifference: ToldDifferenceRow };

/** What calls of a platform about one cinema and business date have in common. */
export type ToldDayKey = Pick<ToldDifferenceRow, 'username' | 'businessDate' | 'cinemaCode'>;

export const toldDifferenceMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('told_difference')
      .addColumn('username', 'text', (column) => column.notNull())
      .addColumn('business_date', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('counted_at', 'text', (column) => column.notNull())
      .addColumn('place', 'bigint', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('record_id', 'text', (column) => column.notNull())
      .addColumn('film_ticket_code', 'text', (column) => column.notNull())
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('check_time', 'text', (column) => column.notNull())
      .addColumn('error_code', 'text')
      .addColumn('elements', 'text', (column) => column.notNull())
      // Those of an account are counted, and the oldest of them go first.
      .addPrimaryKeyConstraint('told_difference_pk', [
        'username',
        'business_date',
        'cinema_code',
        'counted_at',
        'place',
      ])
      .execute();
    await db.schema
      .createIndex('told_difference_check_time')
      .on('told_difference')
      .columns(['username', 'business_date', 'cinema_code', 'counted_at', 'check_time', 'place'])
      .execute();
  },
};
