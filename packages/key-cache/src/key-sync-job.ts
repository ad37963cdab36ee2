import type { CinemaCode } from '@ticket-check/protocol';
import type { Logger } from 'pino';
import type { KeyCache } from './key-cache.ts';

export type KeySyncJob = {
  /** Syncs every cinema now; a round that is under way is finished first. */
  trigger(): Promise<void>;
  /** Starts no further round and waits for the one under way. */
  stop(): Promise<void>;
};

type CinemaList = () => Promise<readonly CinemaCode[]>;

export type KeySyncOptions = {
  cache: Pick<KeyCache, 'syncAll'>;
  /** The cinemas to sync, asked for at every round. */
  cinemas: CinemaList;
  logger: Logger;
  everyMs?: number;
  /** Upper bound of the random part by which a wait is shortened. */
  jitterMs?: number;
  /** Wait before the cinemas that brought nothing are tried again, where that is sooner than the next round. */
  retryMs?: number;
  random?: () => number;
};

const MINUTE = 60_000;

/**
 * Fetches the keys of every cinema at once and then every 30 minutes, until stopped. Jitter only ever shortens the
 * wait, so no cached key gets older than the scheme allows; thousands that cannot reach their upstream do not come back together.
 * Scheme 5.1.5; reading K3.
 */
export function keySyncJob(options: KeySyncOptions): KeySyncJob {
  const { cache, cinemas, logger, random = Math.random } = options;
  const { everyMs = 30 * MINUTE, jitterMs = everyMs / 10, retryMs = MINUTE } = options;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | null = null;

  function schedule(ms: number, round: () => Promise<void>): void {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(() => enqueue(round), ms);
  }

  function enqueue(round: () => Promise<void>): Promise<void> {
    running = running.then(() => (stopped ? undefined : round()));
    return running;
  }

  async function sync(codes: CinemaList, fullRoundAt: number): Promise<void> {
    const missing = await attempt(codes);
    const untilFullRound = Math.max(0, fullRoundAt - performance.now());
    if (missing === null || retryMs >= untilFullRound) schedule(untilFullRound, fullRound);
    else schedule(retryMs * (1 - random() / 4), () => sync(missing, fullRoundAt));
  }

  function fullRound(): Promise<void> {
    waiting = null;
    return sync(cinemas, performance.now() + everyMs - jitterMs * random());
  }

  /** Returns what is still to be synced; null when nothing is. */
  async function attempt(codes: CinemaList): Promise<CinemaList | null> {
    try {
      const { synced, failed } = await cache.syncAll(await codes());
      if (failed.length === 0) return null;
      logger.warn({ synced: synced.length, failed: failed.length }, 'key sync incomplete');
      return async () => failed;
    } catch (error) {
      logger.error({ err: error }, 'key sync failed');
      return codes;
    }
  }

  void enqueue(fullRound);

  return {
    trigger() {
      waiting ??= enqueue(fullRound);
      return waiting;
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
