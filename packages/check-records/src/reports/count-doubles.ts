import { type BusinessDate, businessDay } from '@ticket-check/protocol';
import { queryOverRows, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { pMapIterable } from 'p-map';
import { loadEntriesInOrder } from '../entries/entry-records.ts';
import { type TicketKey, ticketText } from '../tables/keys.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { READ_AHEAD } from './count-arrived.ts';
import type { LineKey } from './report-line.ts';

/** A session, as far as the keys of its tickets begin with it. */
export type Session = Pick<TicketKey, 'startTime' | 'cinemaCode'>;

/** This number of sessions, of some twenty entries each, is searched in 10 ms. */
const SESSIONS_A_STATEMENT = 250;

/** Each session once, as many together as one statement looks through. */
export function sessionChunks(sessions: readonly Session[]): Iterable<Session[]> {
  const each = new Map(
    sessions.map(({ startTime, cinemaCode }) => [`${startTime} ${cinemaCode}`, { startTime, cinemaCode }]),
  );
  return chunksOf([...each.values()], SESSIONS_A_STATEMENT);
}

export function* chunksOf<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

/** A ticket has some hundred entries at the most. */
const TICKETS_A_STATEMENT = 100;

/**
 * Of the entries of a business date, how many are not the first of their ticket, on whatever day that one was made; counted
 * by `keyOf`. Only the entries of the sessions that are given are looked through, by an index in which those of a ticket
 * follow each other.
 */
export async function countDoubles(
  store: Store<CheckRecordTables>,
  {
    date,
    sessions,
    signal,
  }: {
    readonly date: BusinessDate;
    readonly sessions: readonly Session[];
    /** Aborted when nobody waits for the report. */
    readonly signal?: AbortSignal | undefined;
  },
  keyOf: (entry: LineKey) => string,
): Promise<Map<string, number>> {
  const database = { db: store.reports, store };
  const { from, until } = businessDay(date);
  const doubled: TicketKey[] = [];
  const lookThrough = async (some: readonly Session[]) => {
    signal?.throwIfAborted();
    return ticketsWithSeveralEntries.ask(database, some);
  };
  const found = pMapIterable(sessionChunks(sessions), lookThrough, READ_AHEAD);
  for await (const tickets of found) doubled.push(...tickets);
  const counts = new Map<string, number>();
  for (const tickets of chunksOf(doubled, TICKETS_A_STATEMENT)) {
    signal?.throwIfAborted();
    const entries = Map.groupBy(await loadEntriesInOrder(database, tickets), ticketText);
    for (const [, ...others] of entries.values()) {
      for (const entry of others) {
        if (entry.checkTime < from || entry.checkTime >= until) continue;
        const key = keyOf(entry);
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
  }
  return counts;
}

/** Answered by the index; only the records of these tickets are read, to see whether an entry was undone. */
const ticketsWithSeveralEntries = queryOverRows<CheckRecordTables, Session, keyof Session, TicketKey>(
  { startTime: 'text', cinemaCode: 'text' },
  ({ db }, given) =>
    db
      .selectFrom(given.as('given'))
      .innerJoin('checkRecord as c', (join) =>
        join.onRef('c.startTime', '=', 'given.startTime').onRef('c.cinemaCode', '=', 'given.cinemaCode'),
      )
      .select(['c.startTime', 'c.cinemaCode', 'c.filmTicketCode'])
      .where('c.quarantine', 'is', null)
      .groupBy(['c.startTime', 'c.cinemaCode', 'c.filmTicketCode'])
      .having(sql<boolean>`count(*) > 1`),
);
