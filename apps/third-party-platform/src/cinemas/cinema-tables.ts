import type { Migrations } from '@ticket-check/storage';

export type CinemaTables = {
  servedCinema: { cinemaCode: string };
};

export const cinemaMigrations: Migrations = {
  '2026-11-24-served-cinemas': async (db) => {
    await db.schema
      .createTable('served_cinema')
      .addColumn('cinema_code', 'text', (column) => column.primaryKey())
      .execute();
  },
};
