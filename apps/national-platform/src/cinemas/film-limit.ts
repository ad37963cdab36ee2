import { type FilmRow, ProtocolError } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { CinemaTables } from './cinema-tables.ts';

/**
 * A cinema shows a few hundred films a year, each with a code for every version. A source that names more than this is
 * faulty and would fill the film names of all cinemas.
 */
export const MAX_FILMS_OF_A_SOURCE = 20_000;

/**
 * Limits how many new films an account limited to some cinemas may add. Films that are already known do not count,
 * regardless of who named them.
 *
 * @throws ProtocolError FILM_LIMIT for the first film beyond it, with its `index` in the details.
 */
export async function assertWithinFilmLimit(
  store: Store<CinemaTables>,
  trx: Kysely<CinemaTables>,
  rows: readonly FilmRow[],
  limitedTo: string,
): Promise<void> {
  const codes = [...new Set(rows.map(({ filmCode }) => filmCode))].map((filmCode) => ({ filmCode }));
  const stored = await trx
    .selectFrom(store.rowsAsTable(codes, { filmCode: 'text' }).as('given'))
    .innerJoin('film', 'film.filmCode', 'given.filmCode')
    .select('film.filmCode')
    .execute();
  const known = new Set<string>(stored.map(({ filmCode }) => filmCode));
  if (known.size === codes.length) return;
  const own = trx
    .selectFrom('film')
    .select('film.filmCode')
    .where('namedBy', '=', limitedTo)
    .where('namedBy', '<>', '')
    .limit(MAX_FILMS_OF_A_SOURCE);
  const { count } = await trx
    .selectFrom(own.as('own'))
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  let room = MAX_FILMS_OF_A_SOURCE - count;
  for (const [index, { filmCode }] of rows.entries()) {
    if (known.has(filmCode)) continue;
    known.add(filmCode);
    room -= 1;
    if (room >= 0) continue;
    const message = `FilmCode ${filmCode} is new, and the account has added ${MAX_FILMS_OF_A_SOURCE} films already: let an account of all cinemas import films`;
    throw new ProtocolError('FILM_LIMIT', message, { element: 'FilmCode', index }, 400);
  }
}
