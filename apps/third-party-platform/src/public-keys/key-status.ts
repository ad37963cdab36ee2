import { type CinemaKeyStatus, type KeyCacheTables, type KeyStatus, loadKeyStatus } from '@ticket-check/key-cache';
import type { CinemaCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { CinemaTables } from '../cinemas/cinema-tables.ts';
import { createServedCinemas } from '../cinemas/served-cinemas.ts';

/** The state of every served cinema's keys, also of those that were never fetched. Reading K5. */
export function statusOfServed(served: readonly CinemaCode[], statuses: readonly KeyStatus[]): CinemaKeyStatus[] {
  const byCinema = new Map(statuses.map((status) => [status.cinemaCode, status]));
  return served.map((cinemaCode) => ({ cinemaCode, keys: byCinema.get(cinemaCode) ?? null }));
}

/** The same from the store. */
export async function loadStatusOfServed(store: Store<CinemaTables & KeyCacheTables>): Promise<CinemaKeyStatus[]> {
  return statusOfServed(await createServedCinemas(store).list(), await loadKeyStatus(store));
}
