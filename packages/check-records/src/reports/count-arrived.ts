import {
  addSeconds,
  type BusinessDate,
  businessDate,
  businessDay,
  type CinemaCode,
  TEN_MINUTES_LENGTH,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { pMapIterable } from 'p-map';
import { type AskedCinemas, isOfCinemas } from '../tables/keys.ts';
import type { CheckRecordTables } from '../tables/tables.ts';

/** Check times from one up to, not including, another. */
export type Slice = { readonly from: WallClock; readonly until: WallClock };

/** A report reads two parts at a time, each in a thread or connection of its own, and a few more ahead. */
export const READ_AHEAD = { concurrency: 2, backpressure: 4 };

const HOURS = 24;
const SECONDS_AN_HOUR = 3600;

/**
 * The hours of a business date. A statement reads one of them, some 20,000 records on the busiest day of 300 cinemas, in
 * 20 to 50 ms: no longer does it keep the write-ahead log from being emptied, and a report that is given up ends.
 */
export function hoursOf(date: BusinessDate): Slice[] {
  const { from } = businessDay(date);
  return Array.from({ length: HOURS }, (_, hour) => ({
    from: addSeconds(from, hour * SECONDS_AN_HOUR),
    until: addSeconds(from, (hour + 1) * SECONDS_AN_HOUR),
  }));
}

/** Whether a record, `c`, was checked in a slice. */
export function isIn({ from, until }: Slice, checkTime: RawBuilder<unknown> = sql`c.check_time`): RawBuilder<boolean> {
  return sql<boolean>`${checkTime} >= ${from} and ${checkTime} < ${until}`;
}

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

/** Records of one cinema that were checked within ten minutes, which began at `step`. */
type StepCount = {
  readonly step: WallClock;
  readonly cinemaCode: CinemaCode;
  readonly checked: number;
  readonly quarantined: number;
};

/** Of a business date, how many records were checked in each ten minutes. */
type DaySteps = { readonly date: BusinessDate; readonly counts: readonly StepCount[] };

/** When the ten minutes of CheckTime began. */
const STEP = sql`substr(c.check_time, 1, ${sql.lit(TEN_MINUTES_LENGTH)}) || '0:00'`;

/** Counts the records of the current business date in the index of the day; the busiest takes a tenth of a second. */
export async function countDaySteps(store: Store<CheckRecordTables>, now: () => number): Promise<DaySteps> {
  const at = wallClockAt(now());
  const date = businessDate(at);
  const count = async (hour: Slice) => {
    const { rows } = await sql<StepCount>`
      select ${STEP} as step, c.cinema_code, count(*) as checked, count(c.quarantine) as quarantined
      from check_record c where ${isIn(hour)} group by 1, 2
    `.execute(store.reports);
    return rows;
  };
  const begun = hoursOf(date).filter(({ from }) => from <= at);
  const counts: StepCount[] = [];
  for await (const rows of pMapIterable(begun, count, READ_AHEAD)) counts.push(...rows);
  return { date, counts };
}
