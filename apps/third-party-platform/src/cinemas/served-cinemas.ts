import type { CinemaCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { CinemaTables } from './cinema-tables.ts';

export type ServedCinemas = {
  /** Adds cinemas; those that are served already stay as they are. */
  add(cinemaCodes: readonly CinemaCode[]): Promise<void>;
  list(): Promise<CinemaCode[]>;
  serves(cinemaCode: CinemaCode): Promise<boolean>;
};

/**
 * The cinemas whose public keys this platform holds. No Api of the scheme lists cinemas, so "all" of 5.2.2 is all that
 * are configured. Reading K5.
 */
export function createServedCinemas({ db }: Pick<Store<CinemaTables>, 'db'>): ServedCinemas {
  return {
    async add(cinemaCodes) {
      if (cinemaCodes.length === 0) return;
      await db
        .insertInto('servedCinema')
        .values(cinemaCodes.map((cinemaCode) => ({ cinemaCode })))
        .onConflict((conflict) => conflict.column('cinemaCode').doNothing())
        .execute();
    },
    async list() {
      const rows = await db.selectFrom('servedCinema').select('cinemaCode').orderBy('cinemaCode').execute();
      return rows.map((row) => row.cinemaCode as CinemaCode);
    },
    async serves(cinemaCode) {
      const row = await db
        .selectFrom('servedCinema')
        .select('cinemaCode')
        .where('cinemaCode', '=', cinemaCode)
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}
