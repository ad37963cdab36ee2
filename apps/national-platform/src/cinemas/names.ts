import { type CinemaCode, type CinemaRow, type FilmRow, ProtocolError, type ScreenRow } from '@ticket-check/protocol';
import { acrossCinemas, createTables, type Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { type DatedTarget, type ImportOrigin, upsertDated } from '../imported-rows.ts';

/**
 * Rejects rows of cinemas that were not imported, so that a mistyped code is reported instead of stored.
 *
 * @throws ProtocolError CINEMA_UNKNOWN for the first row of an unknown cinema, with its `index` in the details.
 */
export async function assertCinemasKnown(
  db: Kysely<CinemaTables>,
  rows: readonly { cinemaCode: CinemaCode }[],
): Promise<void> {
  const codes = [...new Set(rows.map(({ cinemaCode }) => cinemaCode))];
  const found = await db.selectFrom('cinema').select('cinemaCode').where('cinemaCode', 'in', codes).execute();
  const known = new Set<string>(found.map(({ cinemaCode }) => cinemaCode));
  const index = rows.findIndex(({ cinemaCode }) => !known.has(cinemaCode));
  const row = rows[index];
  if (row === undefined) return;
  throw new ProtocolError(
    'CINEMA_UNKNOWN',
    `CinemaCode ${row.cinemaCode} names no cinema that was imported`,
    { element: 'CinemaCode', index },
    400,
  );
}

export async function loadCinemaCodes({ db }: Store<CinemaTables>): Promise<CinemaCode[]> {
  const rows = await db
    .selectFrom('cinema')
    .modifyFront(acrossCinemas('report'))
    .select('cinemaCode')
    .orderBy('cinemaCode')
    .execute();
  return rows.map(({ cinemaCode }) => cinemaCode as CinemaCode);
}

export const CINEMAS: DatedTarget<CinemaRow> = {
  table: 'cinema',
  key: ['cinemaCode'],
  columns: { cinemaCode: 'text', cinemaName: 'text' },
};

export const SCREENS: DatedTarget<ScreenRow> = {
  table: 'screen',
  key: ['cinemaCode', 'screenCode'],
  columns: { cinemaCode: 'text', screenCode: 'text', screenName: 'text' },
};

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
  if (limitedTo !== '') await assertWithinFilmLimit(trx, rows, limitedTo);
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
async function assertWithinFilmLimit(
  trx: Kysely<CinemaTables>,
  rows: readonly FilmRow[],
  limitedTo: string,
): Promise<void> {
  const codes = [...new Set(rows.map(({ filmCode }) => filmCode))];
  const stored = await trx.selectFrom('film').select('filmCode').where('filmCode', 'in', codes).execute();
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
  const added = codes.filter((filmCode) => !known.has(filmCode));
  const beyond = added[Math.max(0, MAX_FILMS_OF_A_SOURCE - count)];
  if (beyond === undefined) return;
  const message = `FilmCode ${beyond} is new, and the account has added ${MAX_FILMS_OF_A_SOURCE} films already: let an account of all cinemas import films`;
  const index = rows.findIndex(({ filmCode }) => filmCode === beyond);
  throw new ProtocolError('FILM_LIMIT', message, { element: 'FilmCode', index }, 400);
}

/** The Datetime of the request that wrote a row: an older request does not overwrite it. */
type Written = { writtenAt: string };

/** Names of cinemas, screens and films; tickets and check records hold the codes only. */
export type CinemaTables = {
  cinema: { cinemaCode: string; cinemaName: string } & Written;
  screen: { cinemaCode: string; screenCode: string; screenName: string } & Written;
  /** `namedBy` is the account if it is limited to some cinemas, otherwise `''`; also `''` for a command. */
  film: { filmCode: string; filmName: string; namedBy: string } & Written;
  /** The business date on which an account last asked about tickets of a cinema or reported from it (reading C2). */
  cinemaActivity: { cinemaCode: string; username: string; lastActiveOn: string };
};

export const cinemaMigrations = createTables<CinemaTables>(
  sql`create table cinema (
    cinema_code text primary key, cinema_name text not null, written_at text default '' not null
  )`,
  sql`create table screen (
    cinema_code text not null, screen_code text not null, screen_name text not null,
    written_at text default '' not null, primary key (cinema_code, screen_code)
  )`,
  sql`create table film (
    film_code text primary key, film_name text not null, written_at text default '' not null,
    named_by text default '' not null
  )`,
  sql`create index film_named_by on film (named_by) where named_by <> ''`,
  sql`create table cinema_activity (
    cinema_code text not null, username text not null, last_active_on text not null,
    primary key (cinema_code, username)
  )`,
);
