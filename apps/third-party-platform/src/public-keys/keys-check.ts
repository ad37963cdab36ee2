import {
  type CinemaKeyStatus,
  type KeyCache,
  type KeyCacheTables,
  type KeyStatus,
  loadKeyStatus,
} from '@ticket-check/key-cache';
import type { CinemaCode } from '@ticket-check/protocol';
import type { Clock, HealthCheck } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { CinemaTables } from '../cinemas/cinema-tables.ts';
import { createServedCinemas, type ServedCinemas } from '../cinemas/served-cinemas.ts';

const MAX_NAMED = 20;

/** What `GET /health` shows of public keys: how old they are, which cinemas lack them. */
export function keysCheck(options: { cache: KeyCache; servedCinemas: ServedCinemas; now: Clock }): HealthCheck {
  const { cache, servedCinemas, now } = options;
  return {
    name: 'keys',
    async run() {
      const cinemas = statusOfServed(await servedCinemas.list(), await cache.status());
      const fetched = cinemas.flatMap(({ keys }) => keys?.fetchedAt ?? []);
      const lacking = cinemas.filter(({ keys }) => (keys?.count ?? 0) === 0);
      const alarmed = cinemas.filter(({ keys }) => (keys?.alarm ?? null) !== null);
      return {
        ok: true,
        cinemas: cinemas.length,
        oldestSeconds: fetched.length === 0 ? null : Math.max(0, Math.round((now() - Math.min(...fetched)) / 1000)),
        withoutKeys: lacking.slice(0, MAX_NAMED).map(({ cinemaCode }) => cinemaCode),
        withAlarm: alarmed.slice(0, MAX_NAMED).map(({ cinemaCode, keys }) => ({ cinemaCode, alarm: keys?.alarm })),
      };
    },
  };
}

/** The state of every served cinema's keys, also of those that were never fetched. Reading K5. */
function statusOfServed(served: readonly CinemaCode[], statuses: readonly KeyStatus[]): CinemaKeyStatus[] {
  const byCinema = new Map(statuses.map((status) => [status.cinemaCode, status]));
  return served.map((cinemaCode) => ({ cinemaCode, keys: byCinema.get(cinemaCode) ?? null }));
}

/** The same from the store, for the command. */
export async function loadStatusOfServed(store: Store<CinemaTables & KeyCacheTables>): Promise<CinemaKeyStatus[]> {
  return statusOfServed(await createServedCinemas(store).list(), await loadKeyStatus(store));
}
