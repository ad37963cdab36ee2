import { type BusinessDate, businessDay } from '@ticket-check/protocol';
import { chunksOf } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { loadEntries } from '../entries/entry-records.ts';
import { haveSameTicket, type TicketKey, ticketText } from '../tables/keys.ts';
import { isUndone } from '../tables/reversal-rows.ts';
import type { OwnStore } from '../tables/tables.ts';
import { isIn, readAllParts } from './by-hour.ts';
import type { LineKey } from './report-line.ts';

export type Session = Pick<TicketKey, 'startTime' | 'cinemaCode'>;

/** The sessions of a business date's entries; `signal` is aborted when nobody waits for the report. */
type AskedSessions = {
  readonly date: BusinessDate;
  readonly sessions: readonly Session[];
  readonly signal?: AbortSignal | undefined;
};

/** This number of sessions, of some twenty entries each, is searched in 10 ms. */
const SESSIONS_A_STATEMENT = 250;

/** A ticket has some hundred entries at the most. */
const TICKETS_A_STATEMENT = 100;

function readSessions<Row>(
  store: OwnStore,
  { sessions, signal }: AskedSessions,
  statement: (given: RawBuilder<Session>) => RawBuilder<Row>,
): Promise<Row[]> {
  const asked = (some: Session[]) =>
    statement(store.rowsAsTable(some, { startTime: 'text', cinemaCode: 'text' }) as RawBuilder<Session>);
  return readAllParts(store, chunksOf(sessions, SESSIONS_A_STATEMENT), asked, signal);
}

/** Of the entries of a business date, counts those that are not the first of their ticket, on whatever day that was; by `keyOf`. */
export async function countDoubles(
  store: OwnStore,
  asked: AskedSessions,
  keyOf: (entry: LineKey) => string,
): Promise<Map<string, number>> {
  const { from, until } = businessDay(asked.date);
  // Answered by the index; only the records of these tickets are read, to see whether an entry was undone.
  const doubled = await readSessions(
    store,
    asked,
    (given) => sql<TicketKey>`
      select c.start_time, c.cinema_code, c.film_ticket_code
      from ${given} as given join check_record c on c.start_time = given.start_time and c.cinema_code = given.cinema_code
      where c.quarantine is null group by c.start_time, c.cinema_code, c.film_ticket_code having count(*) > 1
    `,
  );
  const counts = new Map<string, number>();
  for (const tickets of chunksOf(doubled, TICKETS_A_STATEMENT)) {
    asked.signal?.throwIfAborted();
    const entries = await loadEntries({ db: store.reports, store }, tickets);
    for (const [, ...others] of Map.groupBy(entries, ticketText).values()) {
      for (const entry of others) {
        if (entry.checkTime < from || entry.checkTime >= until) continue;
        const key = keyOf(entry);
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
  }
  return counts;
}

/** The entries of a business date whose ticket was refunded, before or afterwards, as far as known; undone ones left out. */
export type FindLateRefunds = (asked: AskedSessions) => Promise<readonly LineKey[]>;

/** The entries of refunded tickets: by business date, and whether a `check_record` that is not undone is one. */
export type LateRefunds = { readonly find: FindLateRefunds; readonly isOne: RawBuilder<boolean> };

/** Finds late refunds in a table of refunded tickets, whose key begins with the ticket's: only the refunds of the sessions are read. */
export function lateRefundsIn(
  store: OwnStore,
  table: 'refund' | 'finding',
  isRefund: RawBuilder<boolean> = sql.lit(true),
): LateRefunds {
  const isOne = sql<boolean>`exists (
    select 1 from ${sql.table(table)} as r where ${haveSameTicket('r', 'checkRecord')} and ${isRefund}
  )`;
  const find: FindLateRefunds = (asked) =>
    readSessions(
      store,
      asked,
      // `cross join` has SQLite begin with the sessions.
      (given) => sql<LineKey>`
        select ${LINE_KEY} from ${given} as given cross join ${sql.table(table)} as r cross join check_record as c
        where r.start_time = given.start_time and r.cinema_code = given.cinema_code and ${isRefund}
          and ${haveSameTicket('c', 'r')}
          and c.quarantine is null and ${isIn(businessDay(asked.date))} and not ${isUndone('c')}
      `,
    );
  return { find, isOne };
}

export const LINE_KEY = sql`c.cinema_code, c.screen_code, c.session_code, c.start_time, c.film_code, c.account, c.gate`;
