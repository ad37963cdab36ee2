import type { CinemaCode } from '@ticket-check/protocol';
import { acrossCinemas, type Migrations, type Store } from '@ticket-check/storage';

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

export type ServedCinemas = ReturnType<typeof createServedCinemas>;

/**
 * The cinemas whose public keys this platform holds. No Api of the scheme lists cinemas, so "all" of 5.2.2 is all that
 * are configured. Reading K5.
 */
export function createServedCinemas({ db }: Pick<Store<CinemaTables>, 'db'>) {
  return {
    /** Adds cinemas; those that are served already stay as they are. */
    async add(cinemaCodes: readonly CinemaCode[]): Promise<void> {
      if (cinemaCodes.length === 0) return;
      await db
        .insertInto('servedCinema')
        .values(cinemaCodes.map((cinemaCode) => ({ cinemaCode })))
        .onConflict((conflict) => conflict.column('cinemaCode').doNothing())
        .execute();
    },
    async list(): Promise<CinemaCode[]> {
      const rows = await db
        .selectFrom('servedCinema')
        .modifyFront(acrossCinemas('report'))
        .select('cinemaCode')
        .orderBy('cinemaCode')
        .execute();
      return rows.map((row) => row.cinemaCode as CinemaCode);
    },
    async serves(cinemaCode: CinemaCode): Promise<boolean> {
      const row = await db
        .selectFrom('servedCinema')
        .select('cinemaCode')
        .where('cinemaCode', '=', cinemaCode)
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}
