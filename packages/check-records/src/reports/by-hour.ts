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

/** A report reads two parts at a time, each in a thread or connection of its own, and a few more ahead. */
const READ_AHEAD = { concurrency: 2, backpressure: 4 };

/**
 * Reads the parts of a report in their order, by a statement for each.
 * @param signal aborted when nobody waits for the report: it ends with the current statements
 */
export function readParts<Part, Row>(
  { reports }: Pick<Store<CheckRecordTables>, 'reports'>,
  parts: Iterable<Part>,
  statement: (part: Part) => RawBuilder<Row>,
  signal?: AbortSignal,
): AsyncIterable<Row[]> {
  async function read(part: Part): Promise<Row[]> {
    signal?.throwIfAborted();
    return (await statement(part).execute(reports)).rows;
  }
  return pMapIterable(parts, read, READ_AHEAD);
}

export async function readAllParts<Part, Row>(...asked: Parameters<typeof readParts<Part, Row>>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const rows of readParts(...asked)) all.push(...rows);
  return all;
}

/** What has arrived of a cinema from an account; `checked` are all records, including quarantined ones. */
type Arrived = {
  readonly cinemaCode: CinemaCode;
  readonly account: string;
  readonly checked: number;
  readonly quarantined: number;
};

/**
 * Counts the records of a business date by cinema and account, as `countDay` would. For all cinemas it reads only the index of
 * the day. An hour may give a line of its own for the same two.
 */
export function countArrived(
  store: Store<CheckRecordTables>,
  { date, cinemas, signal }: { date: BusinessDate; cinemas?: AskedCinemas; signal?: AbortSignal | undefined },
): Promise<Arrived[]> {
  return readAllParts(store, hoursOf(date), (hour) => countingArrived(hour, cinemas), signal);
}

export function countingArrived(slice: Slice, cinemas?: AskedCinemas): RawBuilder<Arrived> {
  return sql<Arrived>`
    select c.cinema_code, c.account, count(*) as checked, count(c.quarantine) as quarantined
    from check_record c where ${isIn(slice)} and ${isOfCinemas(cinemas)} group by c.cinema_code, c.account
  `;
}

/** Records of one cinema that were checked within ten minutes, which began at `step`. */
type StepCount = Omit<Arrived, 'account'> & { readonly step: WallClock };

/** When the ten minutes of CheckTime began. */
const STEP = sql`substr(c.check_time, 1, ${sql.lit(TEN_MINUTES_LENGTH)}) || '0:00'`;

/** Counts the records of the current business date in the index of the day; the busiest takes a tenth of a second. */
export async function countDaySteps(
  store: Store<CheckRecordTables>,
  now: () => number,
): Promise<{ readonly date: BusinessDate; readonly counts: readonly StepCount[] }> {
  const at = wallClockAt(now());
  const date = businessDate(at);
  const counting = (hour: Slice) => sql<StepCount>`
    select ${STEP} as step, c.cinema_code, count(*) as checked, count(c.quarantine) as quarantined
    from check_record c where ${isIn(hour)} group by 1, 2
  `;
  const begun = hoursOf(date).filter(({ from }) => from <= at);
  return { date, counts: await readAllParts(store, begun, counting) };
}
