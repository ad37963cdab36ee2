import type { KeyStatus } from '@ticket-check/key-cache';
import type { CinemaCode } from '@ticket-check/protocol';

/** How a served cinema stands for keys; `keys` is null while none was ever asked for. */
export type CinemaKeyStatus = { cinemaCode: CinemaCode; keys: KeyStatus | null };

/** The state of every served cinema's keys, also of those that were never fetched. Reading K5. */
export function statusOfServed(served: readonly CinemaCode[], statuses: readonly KeyStatus[]): CinemaKeyStatus[] {
  const byCinema = new Map(statuses.map((status) => [status.cinemaCode, status]));
  return served.map((cinemaCode) => ({ cinemaCode, keys: byCinema.get(cinemaCode) ?? null }));
}
