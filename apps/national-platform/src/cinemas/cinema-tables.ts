import type { Migrations } from '@ticket-check/storage';

/** Names of cinemas, screens and films; tickets and check records hold the codes only. */
export type CinemaTables = {
  cinema: { cinemaCode: string; cinemaName: string };
  screen: { cinemaCode: string; screenCode: string; screenName: string };
  film: { filmCode: string; filmName: string };
};

export const cinemaMigrations: Migrations = {
  '2026-11-24-cinemas': async (db) => {
    await db.schema
      .createTable('cinema')
      .addColumn('cinema_code', 'text', (column) => column.primaryKey())
      .addColumn('cinema_name', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('screen')
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('screen_code', 'text', (column) => column.notNull())
      .addColumn('screen_name', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('screen_pk', ['cinema_code', 'screen_code'])
      .execute();
    await db.schema
      .createTable('film')
      .addColumn('film_code', 'text', (column) => column.primaryKey())
      .addColumn('film_name', 'text', (column) => column.notNull())
      .execute();
  },
};
