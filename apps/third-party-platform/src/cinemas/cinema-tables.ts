import { formerly, type Migrations } from '@ticket-check/storage';

export type CinemaTables = {
  servedCinema: { cinemaCode: string };
  /** What the national platform said last; 1: another platform works in the cinema too. No row: it never spoke of it. */
  sharedCinema: { cinemaCode: string; shared: number };
};

export const cinemaMigrations: Migrations = {
  '2026-11-24-served-cinemas': async (db) => {
    await db.schema
      .createTable('served_cinema')
      .addColumn('cinema_code', 'text', (column) => column.primaryKey())
      .execute();
  },
  '2026-11-25-shared-cinemas': formerly('2026-11-27-shared-cinemas', async (db) => {
    await db.schema
      .createTable('shared_cinema')
      .addColumn('cinema_code', 'text', (column) => column.primaryKey())
      .addColumn('shared', 'bigint', (column) => column.notNull())
      .execute();
  }),
};
