import type { CinemaRow, FilmRow, ScreenRow } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { ImportOrigin } from '../imported-rows/import-origin.ts';
import { upsertDated } from '../imported-rows/upsert.ts';
import type { CinemaTables } from './cinema-tables.ts';
import { assertWithinFilmLimit } from './film-limit.ts';
import { assertCinemasKnown } from './known-cinemas.ts';

/** Writes cinemas with their names, and returns how many were new or changed. */
export function writeCinemas(
  store: Store<CinemaTables>,
  trx: Kysely<CinemaTables>,
  rows: readonly CinemaRow[],
  { datetime }: ImportOrigin,
): Promise<number> {
  return upsertDated(
    store,
    trx,
    { table: 'cinema', key: ['cinemaCode'], columns: { cinemaCode: 'text', cinemaName: 'text' } },
    rows,
    datetime,
  );
}

/**
 * Writes screens with their names, and returns how many were new or changed.
 *
 * @throws ProtocolError CINEMA_UNKNOWN.
 */
export async function writeScreens(
  store: Store<CinemaTables>,
  trx: Kysely<CinemaTables>,
  rows: readonly ScreenRow[],
  { datetime }: ImportOrigin,
): Promise<number> {
  await assertCinemasKnown(store, trx, rows);
  return upsertDated(
    store,
    trx,
    {
      table: 'screen',
      key: ['cinemaCode', 'screenCode'],
      columns: { cinemaCode: 'text', screenCode: 'text', screenName: 'text' },
    },
    rows,
    datetime,
  );
}

/**
 * Writes films with their names, and returns how many were new or changed. Films are nationwide: an account limited to some
 * cinemas may add unknown films and correct its own, but not change a name that a command or an account of all cinemas gave.
 * Tickets carry film names of their own.
 *
 * @throws ProtocolError FILM_LIMIT.
 */
export async function writeFilms(
  store: Store<CinemaTables>,
  trx: Kysely<CinemaTables>,
  rows: readonly FilmRow[],
  { datetime, limitedTo }: ImportOrigin,
): Promise<number> {
  if (limitedTo !== '') await assertWithinFilmLimit(store, trx, rows, limitedTo);
  return upsertDated(
    store,
    trx,
    {
      table: 'film',
      key: ['filmCode'],
      columns: { filmCode: 'text', filmName: 'text', namedBy: 'text' },
      allows: sql`${sql.ref('excluded.namedBy')} in ('', ${sql.ref('film.namedBy')})`,
    },
    rows.map((row) => ({ ...row, namedBy: limitedTo })),
    datetime,
  );
}
