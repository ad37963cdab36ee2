import type { CinemaKeyStatus, KeyStatus } from '@ticket-check/key-cache';
import type { CinemaCode } from '@ticket-check/protocol';

/** The state of every served cinema's keys, also of those that were never fetched. Reading K5. */
export function statusOfServed(served: readonly CinemaCode[], statuses: readonly KeyStatus[]): CinemaKeyStatus[] {
  const byCinema = new Map(statuses.map((status) => [status.cinemaCode, status]));
  return served.map((cinemaCode) => ({ cinemaCode, keys: byCinema.get(cinemaCode) ?? null }));
}
