import {
  type AskedCinemas,
  haveSameTicket,
  isOfCinemas,
  readAllParts,
  type SoldLine,
} from '@ticket-check/check-records';
import { type BusinessDate, businessDay } from '@ticket-check/protocol';
import { isOneOf, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { loadStartTimes, type SoldTicketTables } from './sold-tickets.ts';

/**
 * Adds up the tickets of a business date's sessions that were sold and not refunded: by session and ticket type, in fen. The key of tickets
 * begins with the start of their session, so that of few cinemas no others are read.
 */
export async function countSold(
  store: Pick<Store<SoldTicketTables>, 'reports'>,
  { date, cinemas, signal }: { date: BusinessDate; cinemas: AskedCinemas; signal?: AbortSignal | undefined },
): Promise<SoldLine[]> {
  const { from, until } = businessDay(date);
  const hours = Map.groupBy(await loadStartTimes(store.reports, from, until), (start) => start.slice(0, 13));
  const key = sql`c.cinema_code, c.screen_code, c.session_code, c.start_time, c.film_code, c.ticket_type`;
  const isAsked = (table: string, starts: readonly string[]) =>
    sql`${isOneOf(sql.ref(`${table}.startTime`), starts)} and ${isOfCinemas(cinemas, sql.ref(`${table}.cinemaCode`))}`;
  return readAllParts(
    store,
    hours.values(),
    (starts) => sql<SoldLine>`
      select ${key}, count(*) as entries, sum(c.price) as price, sum(c.service) as service,
        max(c.screen_name) as screen_name, max(c.film_name) as film_name
      from ticket c where ${isAsked('c', starts)} group by ${key}
      union all
      select ${key}, -count(*), -sum(c.price), -sum(c.service), '', ''
      from refund r cross join ticket c where ${isAsked('r', starts)} and ${haveSameTicket('r', 'c')} group by ${key}
    `,
    signal,
  );
}
