import type { BusinessDate, CinemaCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { type AskedCinemas, isOfCinemas } from '../tables/keys.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { hoursOf, isIn, readAllParts } from './by-hour.ts';
import type { LineKey } from './report-line.ts';

/** Entries of one session and ticket type, and the money of their tickets. */
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
  store: Store<CheckRecordTables>,
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
