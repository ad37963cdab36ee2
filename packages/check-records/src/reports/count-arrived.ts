import type { BusinessDate, CinemaCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { pMapIterable } from 'p-map';
import type { CheckRecordTables } from '../tables/tables.ts';
import { type AskedCinemas, hoursOf, isIn, isOfCinemas, READ_AHEAD, type Slice } from './slices.ts';

/** What has arrived of a cinema from an account; `checked` are all records, including quarantined ones. */
export type Arrived = {
  readonly cinemaCode: CinemaCode;
  readonly account: string;
  readonly checked: number;
  readonly quarantined: number;
};

type AskedArrivals = {
  readonly date: BusinessDate;
  readonly cinemas?: AskedCinemas | undefined;
  /** Aborted when nobody waits for it. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * Counts the records of a business date by cinema and account, as `countDay` would. For all cinemas it reads only the index of
 * the day. An hour may give a line of its own for the same two.
 */
export async function countArrived(store: Store<CheckRecordTables>, asked: AskedArrivals): Promise<Arrived[]> {
  async function count(hour: Slice): Promise<Arrived[]> {
    asked.signal?.throwIfAborted();
    const { rows } = await countingArrived(hour, asked.cinemas).execute(store.reports);
    return rows;
  }
  const arrived: Arrived[] = [];
  for await (const rows of pMapIterable(hoursOf(asked.date), count, READ_AHEAD)) arrived.push(...rows);
  return arrived;
}

/** The statement of `countArrived` for one hour. */
export function countingArrived(slice: Slice, cinemas?: AskedCinemas): RawBuilder<Arrived> {
  return sql<Arrived>`
    select c.cinema_code, c.account, count(*) as checked, count(c.quarantine) as quarantined
    from check_record c where ${isIn(slice)} and ${isOfCinemas(cinemas)} group by c.cinema_code, c.account
  `;
}
