import type { Migrations } from '@ticket-check/storage';

/** Names of cinemas, screens and films; tickets and check records hold the codes only. */
export type CinemaTables = {
  cinema: { cinemaCode: string; cinemaName: string };
  screen: { cinemaCode: string; screenCode: string; screenName: string };
  film: { filmCode: string; filmName: string };
  /** The business date on which an account last asked about tickets of a cinema or reported from it (reading C2). */
  cinemaActivity: { cinemaCode: string; username: string; lastActiveOn: string };
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
  '2026-11-27-cinema-activity': async (db) => {
    await db.schema
      .createTable('cinema_activity')
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('username', 'text', (column) => column.notNull())
      .addColumn('last_active_on', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('cinema_activity_pk', ['cinema_code', 'username'])
      .execute();
  },
};
