import type { KeyCache, RefreshResult } from '@ticket-check/key-cache';
import type { CinemaCode } from '@ticket-check/protocol';
import type { ServedCinemas } from '../cinemas/served-cinemas.ts';

/** Fetches a cinema's keys because somebody misses one; bounded in time and number. */
export type KeyRefresh = (cinemaCode: CinemaCode) => Promise<RefreshResult | 'not-served'>;

/**
 * Refreshes on demand, for served cinemas only: an account for all cinemas must not make this platform fetch the keys of
 * whatever code it names. Reading K4.
 */
export function createKeyRefresh(options: {
  cache: KeyCache;
  servedCinemas: ServedCinemas;
  /** Keys younger than this, in milliseconds, are fresh enough. */
  freshMs: number;
  budgetMs: number;
}): KeyRefresh {
  const { cache, servedCinemas, freshMs, budgetMs } = options;
  return async (cinemaCode) => {
    if (!(await servedCinemas.serves(cinemaCode))) return 'not-served';
    return cache.refresh(cinemaCode, { olderThanMs: freshMs, budgetMs });
  };
}
