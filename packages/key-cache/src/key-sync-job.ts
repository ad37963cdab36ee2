import type { CinemaCode } from '@ticket-check/protocol';
import type { Logger, Recurring } from '@ticket-check/runtime';
import type { KeyCache } from './key-cache.ts';

export type KeySyncOptions = {
  cache: Pick<KeyCache, 'syncAll'>;
  /** The cinemas to sync, asked for at every round. */
  cinemas: () => Promise<readonly CinemaCode[]>;
  logger: Logger;
  everyMs: number;
};

/** Between looks at what is due; cinemas that brought nothing are due at the next one. */
const LOOK_MS = 60_000;

/**
 * Fetches the keys of every cinema at once and then at least every `everyMs`. The next run after `beginRound` fetches all of them.
 * Jitter only shortens the wait, so no cached key gets older than the scheme allows. Scheme 5.1.5; reading K3.
 */
export function keySyncJob({ cache, cinemas, logger, everyMs }: KeySyncOptions): Recurring & { beginRound(): void } {
  let roundAt = 0;
  let missing: readonly CinemaCode[] = [];

  async function syncDue(): Promise<void> {
    const startedAt = performance.now();
    const isRound = startedAt >= roundAt;
    // One look early, so that no key gets too old; before anything is awaited, as a trigger may want the next one meanwhile.
    if (isRound) roundAt = startedAt + everyMs * (1 - Math.random() / 10) - LOOK_MS;
    try {
      const { synced, failed } = await cache.syncAll(isRound ? await cinemas() : missing);
      missing = failed;
      if (failed.length > 0) logger.warn({ synced: synced.length, failed: failed.length }, 'key sync incomplete');
    } catch (error) {
      if (isRound) roundAt = 0;
      throw error;
    }
  }

  return {
    ...{ everyMs: LOOK_MS, jitterMs: LOOK_MS / 4, atOnce: true, run: syncDue },
    beginRound() {
      roundAt = 0;
    },
  };
}
