import { insertFrom } from '@ticket-check/check-records';
import type { UpstreamStore } from '@ticket-check/exchange';
import type { CinemaCode } from '@ticket-check/protocol';
import { createLruCache } from '@ticket-check/runtime';
import { coalesce, lookUp, queryOverRows, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { CinemaTables } from './served-cinemas.ts';

const KEPT_MS = 1000;
const MAX_CINEMAS = 20_000;

type SaidRow = CinemaTables['sharedCinema'];

const saidOf = queryOverRows<CinemaTables, { cinemaCode: string }, SaidRow>({ cinemaCode: 'text' }, ({ db }, given) =>
  db
    .selectFrom(given.as('given'))
    .innerJoin('sharedCinema', 'sharedCinema.cinemaCode', 'given.cinemaCode')
    .selectAll('sharedCinema'),
);

const SAID = { cinemaCode: 'text', shared: 'integer' } as const;

const insertSaid = queryOverRows<CinemaTables, SaidRow, unknown>(SAID, ({ db }, given) =>
  insertFrom(db, 'sharedCinema', given, SAID).onConflict((conflict) =>
    conflict.column('cinemaCode').doUpdateSet({ shared: sql`excluded.shared` }),
  ),
);

type Said = { readonly cinemaCode: CinemaCode; readonly shared: boolean };

/** Remembers in the database which cinemas are shared, so that it holds in every process and without the line. */
export function createSharedCinemas(
  store: Store<CinemaTables>,
  { upstreams }: { upstreams: Pick<UpstreamStore, 'announced'> },
) {
  const remembered = lookUp(store, saidOf, ({ cinemaCode }) => cinemaCode);
  const remember = coalesce(async (said: Said[]): Promise<null[]> => {
    // Of several about one cinema the latest; in one order, so that two processes do not wait for each other in a circle.
    const last = new Map(said.map(({ cinemaCode, shared }) => [cinemaCode, shared]));
    const rows = [...last].sort().map(([cinemaCode, shared]) => ({ cinemaCode, shared: Number(shared) }));
    await insertSaid.ask({ db: store.db, store }, rows);
    for (const [cinemaCode, shared] of last) latest.set(cinemaCode, { shared, at: performance.now() });
    return said.map(() => null);
  });
  /** What the database said last of each cinema, as this process has seen it. */
  const latest = createLruCache<{ readonly shared: boolean | null; readonly at: number }>(MAX_CINEMAS);

  async function known(cinemaCode: CinemaCode): Promise<boolean | null> {
    const [said] = await remembered({ cinemaCode });
    const shared = said === undefined ? null : said.shared === 1;
    latest.set(cinemaCode, { shared, at: performance.now() });
    return shared;
  }

  return {
    /**
     * Whether another platform may work in a cinema too: as the national platform says now or said last. Of a cinema that it
     * never spoke of, true if it is one that speaks of that, and false if it is a plain one, which never does. What it
     * says now is durable when this resolves, unless another process wrote the opposite within a second. Readings C2, X1.
     *
     * @param heard what it says now; null if it did not answer.
     */
    async isShared(cinemaCode: CinemaCode, heard: boolean | null): Promise<boolean> {
      if (heard === null)
        return (await known(cinemaCode)) ?? (await upstreams.announced()).extensions.has('shared-cinema');
      const seen = latest.get(cinemaCode);
      const isNew = seen !== undefined && performance.now() - seen.at < KEPT_MS;
      if (heard !== (isNew ? seen.shared : await known(cinemaCode))) await remember({ cinemaCode, shared: heard });
      return heard;
    },
  };
}
