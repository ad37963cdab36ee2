import { createKeyCache, type KeyCache, keySyncJob } from '@ticket-check/key-cache';
import type { Service } from '@ticket-check/runtime';
import type { Core } from '../core.ts';

/**
 * How often one terminal fetches keys because a code does not decrypt. This bounds the cost for the upstream and the wait of a guest
 * whose ticket was made with a new key. Reading K4.
 */
const REFRESH_GAP_MS = 1000;

/** Stopping waits for a running fetch. */
const FETCH_TIMEOUT_MS = 5000;

/**
 * The public keys of this terminal's cinemas, fetched once the agent listens and after `upstream set`, so that the first scan does
 * not have to fetch them and works even if the line is down by then. Scheme 5.1.5, 5.2.6; readings K3–K5.
 */
export function createPublicKeys(
  service: Service,
  { store, connection, cinemas, settings }: Core & { settings: { readonly KEY_SYNC_MINUTES: number } },
): KeyCache & { fetchMissing(): Promise<unknown> } {
  const { logger, now } = service;
  const keys = createKeyCache({
    store,
    upstream: connection.upstream,
    now,
    logger,
    refreshGapMs: REFRESH_GAP_MS,
    fetchTimeoutMs: FETCH_TIMEOUT_MS,
  });

  service.check({
    name: 'keys',
    async run() {
      const known = (await keys.status()).map(({ cinemaCode, count, fetchedAt, alarm }) => ({
        cinemaCode,
        keys: count,
        ageSeconds: fetchedAt === null ? null : Math.max(0, Math.round((now() - fetchedAt) / 1000)),
        alarm,
      }));
      return { ok: true, cinemas: known };
    },
  });
  // At once, even if thousands of terminals start together: the extensions in the answer decide whether the first guest's
  // entry counts as confirmed.
  const sync = keySyncJob({
    cache: keys,
    cinemas: cinemas.synced,
    everyMs: settings.KEY_SYNC_MINUTES * 60_000,
    logger,
  });
  const job = service.job({ name: 'key sync', runs: 'in one process', ...sync });
  connection.onReplaced(() => {
    sync.beginRound();
    void job.trigger();
  });
  return { ...keys, fetchMissing: () => job.trigger() };
}
