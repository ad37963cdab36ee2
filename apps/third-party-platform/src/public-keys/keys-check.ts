import type { KeyCache } from '@ticket-check/key-cache';
import type { Clock, HealthCheck } from '@ticket-check/runtime';
import type { ServedCinemas } from '../cinemas/served-cinemas.ts';
import { statusOfServed } from './key-status.ts';

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
