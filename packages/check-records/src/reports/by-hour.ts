import {
  addSeconds,
  type BusinessDate,
  businessDay,
  type CinemaCode,
  TEN_MINUTES_LENGTH,
  type WallClock,
} from '@ticket-check/protocol';
import { type RawBuilder, sql } from 'kysely';
import { pMapIterable } from 'p-map';
import { type AskedCinemas, isOfCinemas } from '../tables/keys.ts';
import type { OwnStore } from '../tables/tables.ts';
import type { Completeness, LineKey } from './report-line.ts';

/** Check times from one up to, not including, another. */
export type Slice = { readonly from: WallClock; readonly until: WallClock };

const HOURS = 24;
const SECONDS_AN_HOUR = 3600;

/** The hours of a business date. A statement reads one of them, some 20,000 records on the busiest day of 300 cinemas, in 20 to 50 ms. */
export function hoursOf(date: BusinessDate): Slice[] {
  const { from } = businessDay(date);
  return Array.from({ length: HOURS }, (_, hour) => ({
    from: addSeconds(from, hour * SECONDS_AN_HOUR),
    until: addSeconds(from, (hour + 1) * SECONDS_AN_HOUR),
  }));
}

export function isIn({ from, until }: Slice, checkTime: RawBuilder<unknown> = sql`c.check_time`): RawBuilder<boolean> {
  return sql<boolean>`${checkTime} >= ${from} and ${checkTime} < ${until}`;
}

/** A report reads two parts at a time, each in a thread or connection of its own, and a few more ahead. */
const READ_AHEAD = { concurrency: 2, backpressure: 4 };

/** Reads the parts of a report in their order, by a statement for each, until `signal` aborts. */
export function readParts<Part, Row>(
  { reports }: Pick<OwnStore, 'reports'>,
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
  // An hour of all cinemas has more rows than a call may have arguments.
  for await (const rows of readParts(...asked)) for (const row of rows) all.push(row);
  return all;
}

/** What has arrived of a cinema from an account; `checked` are all records, including quarantined ones. */
type Arrived = {
  readonly cinemaCode: CinemaCode;
  readonly account: string;
  readonly checked: number;
  readonly quarantined: number;
};

/** Counts the records of a business date by cinema and account; an hour may give a line of its own for the same two. */
export function countArrived(
  store: OwnStore,
  { date, cinemas, signal }: { date: BusinessDate; cinemas?: AskedCinemas; signal?: AbortSignal | undefined },
): Promise<Arrived[]> {
  const counting = (hour: Slice) => sql<Arrived>`
    select c.cinema_code, c.account, count(*) as checked, count(c.quarantine) as quarantined
    from check_record c where ${isIn(hour)} and ${isOfCinemas(cinemas)} group by c.cinema_code, c.account
  `;
  return readAllParts(store, hoursOf(date), counting, signal);
}

type StepCount = Omit<Arrived, 'account'> & { readonly step: WallClock };

const STEP = sql`substr(c.check_time, 1, ${sql.lit(TEN_MINUTES_LENGTH)}) || '0:00'`;

/** Counts the records of a business date, up to an hour, by the index of the day; the busiest takes SQLite a tenth of a second. */
export function countDaySteps(
  store: OwnStore,
  { date, at }: { date: BusinessDate; at: WallClock },
): Promise<StepCount[]> {
  const counting = (hour: Slice) => sql<StepCount>`
    select ${STEP} as step, c.cinema_code, count(*) as checked, count(c.quarantine) as quarantined
    from check_record c where ${isIn(hour)} group by 1, 2
  `;
  const hours = hoursOf(date).filter(({ from }) => from <= at);
  return readAllParts(store, hours, counting);
}

export type SessionEntries = Pick<LineKey, 'cinemaCode' | 'startTime' | 'screenCode' | 'sessionCode'> & {
  readonly screenName: string;
  readonly filmName: string;
  readonly entries: number;
};

/** So much earlier than its session starts a guest is admitted, in seconds: what came in before is not looked for. */
const EARLIEST_GUEST_SECONDS = 3600;

/** Counts the entries of the sessions that start from a time on, as far as they were checked until another. */
export async function countSessions(
  store: OwnStore,
  { startFrom, at }: { startFrom: WallClock; at: WallClock },
): Promise<SessionEntries[]> {
  const counting = (slice: Slice) => sql<SessionEntries>`
    select c.cinema_code, c.start_time, c.screen_code, c.session_code, count(*) as entries,
      max(c.screen_name) as screen_name, max(c.film_name) as film_name
    from check_record c where ${isIn(slice)} and c.start_time >= ${startFrom} and c.quarantine is null
    group by c.cinema_code, c.start_time, c.screen_code, c.session_code
  `;
  const slices: Slice[] = [];
  for (let from = addSeconds(startFrom, -EARLIEST_GUEST_SECONDS); from <= at; from = addSeconds(from, SECONDS_AN_HOUR))
    slices.push({ from, until: addSeconds(from, SECONDS_AN_HOUR) });
  const sessions = new Map<string, SessionEntries>();
  for (const session of await readAllParts(store, slices, counting)) {
    const { cinemaCode, startTime, screenCode, sessionCode } = session;
    const key = [cinemaCode, startTime, screenCode, sessionCode].join('\n');
    const before = sessions.get(key);
    sessions.set(key, {
      ...session,
      // What is blank in the records of one hour may be filled in those of another.
      screenName: session.screenName || (before?.screenName ?? ''),
      filmName: session.filmName || (before?.filmName ?? ''),
      entries: session.entries + (before?.entries ?? 0),
    });
  }
  return [...sessions.values()];
}

export type MoneyLine = Pick<LineKey, 'cinemaCode' | 'screenCode' | 'sessionCode' | 'startTime' | 'filmCode'> & {
  /** Empty: not known, and then mostly the money neither (reading R5). */
  readonly ticketType: string;
  readonly entries: number;
  /** In fen, as all prices here. */
  readonly price: number;
  readonly service: number;
};

/** Tickets of one session and ticket type that were sold and not refunded, with their money; `entries` is their number. */
export type SoldLine = MoneyLine & { readonly screenName: string; readonly filmName: string };

/** Adds up the money of the entries of a business date; an hour may give a line of its own for the same session and type. */
export function countMoney(
  store: OwnStore,
  { date, cinemas, signal }: { date: BusinessDate; cinemas: AskedCinemas; signal?: AbortSignal | undefined },
): Promise<MoneyLine[]> {
  const key = sql`c.cinema_code, c.screen_code, c.session_code, c.start_time, c.film_code, c.ticket_type`;
  return readAllParts(
    store,
    hoursOf(date),
    (hour) => sql<MoneyLine & { cinemaCode: CinemaCode }>`
      select c.cinema_code, c.screen_code, c.session_code, c.start_time, c.film_code,
        coalesce(c.ticket_type, '') as ticket_type, count(*) as entries,
        sum(c.price) as price, sum(c.service) as service
      from check_record c where ${isIn(hour)} and ${isOfCinemas(cinemas)} and c.quarantine is null group by ${key}
    `,
    signal,
  );
}

/** How many entries a date has and how many the upstream has, for each cinema; reads an index and what is quarantined or unsent. */
export async function countCompleteness(
  { reports }: Pick<OwnStore, 'reports'>,
  date: BusinessDate,
  cinemas?: AskedCinemas,
): Promise<Map<CinemaCode, Completeness>> {
  const day = businessDay(date);
  const isAsked = isOfCinemas(cinemas);
  const { rows } = await sql<Completeness & { readonly cinemaCode: CinemaCode }>`
    select cinema_code, sum(entries) as entries, sum(entries) - sum(unsent) as delivered from (
      select c.cinema_code, count(*) as entries, 0 as unsent
      from check_record c where ${isIn(day)} and ${isAsked} group by c.cinema_code
      union all
      select c.cinema_code, -count(*), 0
      from check_record c where c.quarantine is not null and ${isIn(day, BY_NO_INDEX)} and ${isAsked} group by c.cinema_code
      union all
      select c.cinema_code, 0, count(*) from outbox c where ${isIn(day)} and ${isAsked} group by c.cinema_code
    ) as part group by cinema_code
  `.execute(reports);
  return new Map(rows.map(({ cinemaCode, ...counted }) => [cinemaCode, counted]));
}

/** The quarantined records of a day would be looked for among all of the day: as an expression it is found by no index, and theirs is taken. */
export const BY_NO_INDEX = sql`c.check_time || ''`;
