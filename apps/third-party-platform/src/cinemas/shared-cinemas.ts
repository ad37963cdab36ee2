import type { CinemaCode } from '@ticket-check/protocol';
import { coalesce, type Store } from '@ticket-check/storage';
import type { CinemaTables } from './cinema-tables.ts';

export type SharedCinemas = {
  /**
   * Whether another platform works in a cinema too, as the national platform says now or said last; false where it never
   * said. What it says now is durable when this resolves. Readings C2, X1.
   *
   * @param heard what it says now; null where it was not heard.
   */
  isShared(cinemaCode: CinemaCode, heard: boolean | null): Promise<boolean>;
};

/** Remembers in the database which cinemas are shared, so that it holds in every process and without the line. */
export function createSharedCinemas(store: Store<CinemaTables>): SharedCinemas {
  const find = store.queryOver<{ cinemaCode: string }, 'cinemaCode', { cinemaCode: string; shared: number }>(
    { cinemaCode: 'text' },
    (given) =>
      store.db
        .selectFrom(given.as('given'))
        .innerJoin('sharedCinema', 'sharedCinema.cinemaCode', 'given.cinemaCode')
        .selectAll('sharedCinema'),
  );
  const remembered = coalesce(async (cinemaCodes: CinemaCode[]): Promise<boolean[]> => {
    const asked = [...new Set(cinemaCodes)].map((cinemaCode) => ({ cinemaCode }));
    const rows = await store.lookUp(find(asked));
    const shared = new Set(rows.filter((row) => row.shared === 1).map(({ cinemaCode }) => cinemaCode));
    return cinemaCodes.map((cinemaCode) => shared.has(cinemaCode));
  });

  return {
    async isShared(cinemaCode, heard) {
      const known = await remembered(cinemaCode);
      if (heard === null || heard === known) return known;
      const shared = heard ? 1 : 0;
      await store.db
        .insertInto('sharedCinema')
        .values({ cinemaCode, shared })
        .onConflict((conflict) => conflict.column('cinemaCode').doUpdateSet({ shared }))
        .execute();
      return heard;
    },
  };
}
