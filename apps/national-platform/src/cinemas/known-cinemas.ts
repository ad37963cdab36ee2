import { type CinemaCode, ProtocolError } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { CinemaTables } from './cinema-tables.ts';

/**
 * Rejects rows of cinemas that were not imported, so that a mistyped code is reported instead of stored.
 *
 * @throws ProtocolError CINEMA_UNKNOWN for the first row of an unknown cinema, with its `index` in the details.
 */
export async function assertCinemasKnown(
  store: Store<CinemaTables>,
  db: Kysely<CinemaTables>,
  rows: readonly { cinemaCode: CinemaCode }[],
): Promise<void> {
  const asked = [...new Set(rows.map(({ cinemaCode }) => cinemaCode))].map((cinemaCode) => ({ cinemaCode }));
  const found = await db
    .selectFrom(store.rowsAsTable(asked, { cinemaCode: 'text' }).as('given'))
    .innerJoin('cinema', 'cinema.cinemaCode', 'given.cinemaCode')
    .select('cinema.cinemaCode')
    .execute();
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

/** The codes of all imported cinemas. */
export async function loadCinemaCodes({ db }: Store<CinemaTables>): Promise<CinemaCode[]> {
  const rows = await db.selectFrom('cinema').select('cinemaCode').orderBy('cinemaCode').execute();
  return rows.map(({ cinemaCode }) => cinemaCode as CinemaCode);
}
