import type { KeyCache } from '@ticket-check/key-cache';
import type { Clock, HealthCheck } from '@ticket-check/runtime';

/** Shows in `GET /health` how many public keys each cinema has and how old they are. */
export function keysCheck({ keys, now }: { keys: KeyCache; now: Clock }): HealthCheck {
  return {
    name: 'keys',
    async run() {
      const cinemas = (await keys.status()).map(({ cinemaCode, count, fetchedAt, alarm }) => ({
        cinemaCode,
        keys: count,
        ageSeconds: fetchedAt === null ? null : Math.max(0, Math.round((now() - fetchedAt) / 1000)),
        alarm,
      }));
      return { ok: true, cinemas };
    },
  };
}
