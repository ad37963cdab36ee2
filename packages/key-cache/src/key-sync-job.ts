import type { CinemaCode } from '@ticket-check/protocol';
import { every, type Logger, type RecurringJob } from '@ticket-check/runtime';
import type { KeyCache } from './key-cache.ts';

export type KeySyncOptions = {
  cache: Pick<KeyCache, 'syncAll'>;
  /** The cinemas to sync, asked for at every round. */
  cinemas: () => Promise<readonly CinemaCode[]>;
  logger: Logger;
  everyMs: number;
};

const NAME = 'key sync';
/** Between looks at what is due; cinemas that brought nothing are due at the next one. */
const LOOK_MS = 60_000;

/**
 * Fetches the keys of every cinema at once and then at least every `everyMs`, until stopped; a trigger begins a round at once.
 * Jitter only shortens the wait, so no cached key gets older than the scheme allows. Scheme 5.1.5; reading K3.
 */
export function keySyncJob({ cache, cinemas, logger, everyMs }: KeySyncOptions): RecurringJob {
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

  const job = every({ name: NAME, everyMs: LOOK_MS, jitterMs: LOOK_MS / 4, atOnce: true, logger, run: syncDue });
  return {
    trigger() {
      roundAt = 0;
      return job.trigger();
    },
    stop: job.stop,
  };
}
