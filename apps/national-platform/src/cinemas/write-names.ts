import type { CinemaRow, FilmRow, ScreenRow } from '@ticket-check/protocol';
import type { NationalStore, NationalTransaction } from '../database.ts';
import { upsertRows } from '../intake/upsert.ts';
import { assertCinemasKnown } from './known-cinemas.ts';

/** Writes cinemas with their names, and returns how many were new or changed. */
export function writeCinemas(
  store: NationalStore,
  trx: NationalTransaction,
  rows: readonly CinemaRow[],
): Promise<number> {
  return upsertRows(
    store,
    trx,
    { table: 'cinema', key: ['cinemaCode'], columns: { cinemaCode: 'text', cinemaName: 'text' } },
    rows,
  );
}

/**
 * Writes screens with their names, and returns how many were new or changed.
 *
 * @throws ProtocolError CINEMA_UNKNOWN.
 */
export async function writeScreens(
  store: NationalStore,
  trx: NationalTransaction,
  rows: readonly ScreenRow[],
): Promise<number> {
  await assertCinemasKnown(store, trx, rows);
  return upsertRows(
    store,
    trx,
    {
      table: 'screen',
      key: ['cinemaCode', 'screenCode'],
      columns: { cinemaCode: 'text', screenCode: 'text', screenName: 'text' },
    },
    rows,
  );
}

/** Writes films with their names, and returns how many were new or changed. */
export function writeFilms(store: NationalStore, trx: NationalTransaction, rows: readonly FilmRow[]): Promise<number> {
  return upsertRows(
    store,
    trx,
    { table: 'film', key: ['filmCode'], columns: { filmCode: 'text', filmName: 'text' } },
    rows,
  );
}
