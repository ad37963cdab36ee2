import type { CinemaCode } from '@ticket-check/protocol';
import { createLruCache } from '@ticket-check/runtime';
import { acrossCinemas, createTables, type Store } from '@ticket-check/storage';
import { type Generated, sql } from 'kysely';

export type CinemaTables = {
  servedCinema: {
    cinemaCode: string;
    /** As the national platform named it last in a ticket; empty if it never did. */
    cinemaName: Generated<string>;
    /** What the people of this platform call it instead; empty if they did not say. */
    ownName: Generated<string>;
  };
  /** What the national platform said last; 1: another platform works in the cinema too. No row: it never spoke of it. */
  sharedCinema: { cinemaCode: string; shared: number };
};

export const cinemaMigrations = createTables<CinemaTables>(
  sql`create table served_cinema (
    cinema_code text primary key, cinema_name text not null default '', own_name text not null default ''
  )`,
  sql`create table shared_cinema (cinema_code text primary key, shared bigint not null)`,
);

const MAX_CINEMAS = 20_000;

export type ServedCinemas = ReturnType<typeof createServedCinemas>;

/**
 * The cinemas whose public keys this platform holds. No Api of the scheme lists cinemas, so "all" of 5.2.2 is all that
 * are configured. Reading K5.
 */
export function createServedCinemas({ db }: Pick<Store<CinemaTables>, 'db'>) {
  /** What this process has heard each cinema called last. */
  const heard = createLruCache<string>(MAX_CINEMAS);

  async function nameOf(cinemaCode: CinemaCode): Promise<string | null> {
    const row = await db
      .selectFrom('servedCinema')
      .select('ownName')
      .where('cinemaCode', '=', cinemaCode)
      .executeTakeFirst();
    return row?.ownName ?? null;
  }

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
    /** The names of cinemas by code, own ones first; empty for one without a name. */
    async names(cinemaCodes: readonly string[] | 'all'): Promise<[code: string, name: string][]> {
      if (cinemaCodes.length === 0) return [];
      const rows = await db
        .selectFrom('servedCinema')
        .$if(cinemaCodes === 'all', (all) => all.modifyFront(acrossCinemas('report')))
        .$if(cinemaCodes !== 'all', (some) => some.where('cinemaCode', 'in', cinemaCodes as readonly string[]))
        .selectAll()
        .orderBy('cinemaCode')
        .execute();
      return rows.map(({ cinemaCode, cinemaName, ownName }) => [cinemaCode, ownName || cinemaName]);
    },
    /** Keeps what a served cinema is called; a name that could not be written is heard again with the next ticket. */
    async noteName(cinemaCode: CinemaCode, cinemaName: string): Promise<void> {
      if (cinemaName === '' || heard.get(cinemaCode) === cinemaName) return;
      heard.set(cinemaCode, cinemaName);
      const isKept = await db
        .updateTable('servedCinema')
        .set({ cinemaName })
        .where('cinemaCode', '=', cinemaCode)
        .executeTakeFirst()
        .then(({ numUpdatedRows }) => numUpdatedRows > 0n)
        .catch(() => false);
      if (!isKept) heard.delete(cinemaCode);
    },
    /** The own name of a served cinema; null if it is not served. */
    ownName: nameOf,
    /** Calls a cinema by an own name, or by what the national platform calls it if that is empty. */
    async setOwnName(cinemaCode: CinemaCode, ownName: string): Promise<void> {
      await db.updateTable('servedCinema').set({ ownName }).where('cinemaCode', '=', cinemaCode).execute();
    },
    serves: async (cinemaCode: CinemaCode): Promise<boolean> => (await nameOf(cinemaCode)) !== null,
  };
}
