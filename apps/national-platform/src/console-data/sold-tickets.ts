import {
  type AskedCinemas,
  type CheckRecordTables,
  haveSameTicket,
  isOfCinemas,
  isUndone,
  readAllParts,
  type SoldLine,
} from '@ticket-check/check-records';
import { type BusinessDate, businessDay, type CinemaCode, type WallClock } from '@ticket-check/protocol';
import { isOneOf, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { CinemaTables } from '../cinemas/names.ts';
import type { TicketTables } from '../tickets/write-tickets.ts';
import type { SessionRow, TicketRow } from './rows.ts';

export type SoldTicketTables = TicketTables & CinemaTables & CheckRecordTables;

/** A row as a statement answers it. */
type Selected<Row> = { readonly [Name in keyof Row as Uncapitalize<Name & string>]: Row[Name] };

/**
 * Loads the sessions of a cinema that start in a span of time, by the tickets sold for them; entered are tickets with an entry that
 * was not undone. The key of tickets begins with StartTime, so the start times are stepped through with a look-up each, and the query
 * reads only the tickets of this cinema. Entries are looked up ticket by ticket: for `exists`, PostgreSQL hashes all check records when
 * it expects many tickets. Reads through the connection of reports.
 */
export async function loadSoldSessions(
  { reports }: Pick<Store<SoldTicketTables>, 'reports'>,
  cinemaCode: CinemaCode,
  { from, until }: { readonly from: WallClock; readonly until: WallClock },
): Promise<readonly Selected<SessionRow>[]> {
  const moments = await loadStartTimes(reports, from, until);
  if (moments.length === 0) return [];
  const { rows } = await sql<Selected<SessionRow>>`
    select t.start_time, t.screen_code,
      coalesce(max(s.screen_name), max(t.screen_name)) as screen_name,
      coalesce(max(f.film_name), max(t.film_name)) as film_name,
      count(*) as sold,
      count(r.refund_time) as refunded,
      count((
        select 1 from check_record c
        where ${haveSameTicket('c', 't')} and c.quarantine is null and not ${isUndone('c')} limit 1
      )) as entered
    from ticket t
    left join refund r on ${haveSameTicket('r', 't')}
    left join screen s on s.cinema_code = t.cinema_code and s.screen_code = t.screen_code
    left join film f on f.film_code = t.film_code
    where ${isOneOf(sql.ref('t.startTime'), moments)} and t.cinema_code = ${cinemaCode}
    group by t.start_time, t.screen_code
    order by t.start_time, t.screen_code
  `.execute(reports);
  return rows;
}

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

/** When sessions start in a span of time, in any cinema. */
async function loadStartTimes(
  reports: Store<SoldTicketTables>['reports'],
  from: WallClock,
  until: WallClock,
): Promise<WallClock[]> {
  const moments: WallClock[] = [];
  for (;;) {
    const { next } = await reports
      .selectFrom('ticket')
      .select((eb) => eb.fn.min('startTime').as('next'))
      .where('startTime', moments.length === 0 ? '>=' : '>', moments.at(-1) ?? from)
      .where('startTime', '<', until)
      .executeTakeFirstOrThrow();
    if (next === null) return moments;
    moments.push(next);
  }
}

/** Loads the tickets of a cinema's sessions that start at one time, by code, from a given code on. */
export async function loadSessionTickets(
  { reports }: Pick<Store<SoldTicketTables>, 'reports'>,
  { cinemaCode, startTime }: { readonly cinemaCode: CinemaCode; readonly startTime: WallClock },
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly Selected<TicketRow>[]> {
  const { rows } = await sql<Selected<TicketRow>>`
    select t.film_ticket_code, t.screen_code, t.row_num, t.column_num, t.ticket_type, r.refund_time,
      (select min(c.check_time) from check_record c
        where ${haveSameTicket('c', 't')} and c.quarantine is null and not ${isUndone('c')}) as check_time
    from ticket t
    left join refund r on ${haveSameTicket('r', 't')}
    where t.start_time = ${startTime} and t.cinema_code = ${cinemaCode} and t.film_ticket_code > ${after}
    order by t.film_ticket_code limit ${limit}
  `.execute(reports);
  return rows;
}
