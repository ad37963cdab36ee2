import type { TicketKey } from '../tables/ticket-key.ts';

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
