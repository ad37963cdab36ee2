import type { UpstreamStore } from '@ticket-check/exchange';
import type { CinemaCode } from '@ticket-check/protocol';
import { coalesce, queryOverRows, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { CinemaTables } from './served-cinemas.ts';

type Said = { readonly cinemaCode: CinemaCode; readonly shared: boolean };

/** Remembers in the database which cinemas are shared, so that it holds in every process and without the line. */
export function createSharedCinemas(
  store: Store<CinemaTables>,
  { upstreams }: { upstreams: Pick<UpstreamStore, 'announced'> },
) {
  const saidOf = queryOverRows<
    CinemaTables,
    { cinemaCode: string },
    'cinemaCode',
    { cinemaCode: string; shared: number }
  >({ cinemaCode: 'text' }, ({ db }, given) =>
    db
      .selectFrom(given.as('given'))
      .innerJoin('sharedCinema', 'sharedCinema.cinemaCode', 'given.cinemaCode')
      .selectAll('sharedCinema'),
  );
  const remembered = coalesce(async (cinemaCodes: CinemaCode[]): Promise<(boolean | null)[]> => {
    const asked = [...new Set(cinemaCodes)].map((cinemaCode) => ({ cinemaCode }));
    const rows = await saidOf.find(store, asked);
    const known = new Map(rows.map(({ cinemaCode, shared }) => [cinemaCode, shared === 1]));
    return cinemaCodes.map((cinemaCode) => known.get(cinemaCode) ?? null);
  });
  const remember = coalesce(async (said: Said[]): Promise<null[]> => {
    // Of several about one cinema the latest; in one order, so that two processes do not wait for each other in a circle.
    const last = new Map(said.map(({ cinemaCode, shared }) => [cinemaCode, shared]));
    const rows = [...last].sort().map(([cinemaCode, shared]) => ({ cinemaCode, shared: Number(shared) }));
    await store.db
      .insertInto('sharedCinema')
      .values(rows)
      .onConflict((conflict) => conflict.column('cinemaCode').doUpdateSet({ shared: sql`excluded.shared` }))
      .execute();
    return said.map(() => null);
  });

  return {
    /**
     * Whether another platform may work in a cinema too: as the national platform says now or said last. Of a cinema that it
     * never spoke of, true if it is one that speaks of that, and false if it is a plain one, which never does. What it
     * says now is durable when this resolves. Readings C2, X1.
     *
     * @param heard what it says now; null if it did not answer.
     */
    async isShared(cinemaCode: CinemaCode, heard: boolean | null): Promise<boolean> {
      const known = await remembered(cinemaCode);
      if (heard === null) return known ?? (await upstreams.announced()).extensions.has('shared-cinema');
      if (heard !== known) await remember({ cinemaCode, shared: heard });
      return heard;
    },
  };
}
