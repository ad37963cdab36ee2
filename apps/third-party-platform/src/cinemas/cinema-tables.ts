import type { Migrations } from '@ticket-check/storage';

export type CinemaTables = {
  servedCinema: { cinemaCode: string };
  /** What the national platform said last; 1: another platform works in the cinema too. No row: it never spoke of it. */
  sharedCinema: { cinemaCode: string; shared: number };
};

export const cinemaMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('served_cinema')
      .addColumn('cinema_code', 'text', (column) => column.primaryKey())
      .execute();
    await db.schema
      .createTable('shared_cinema')
      .addColumn('cinema_code', 'text', (column) => column.primaryKey())
      .addColumn('shared', 'bigint', (column) => column.notNull())
      .execute();
  },
};
