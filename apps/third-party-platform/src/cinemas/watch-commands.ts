import type { UpstreamStore } from '@ticket-check/exchange';
import type { KeyCache, KeySyncJob } from '@ticket-check/key-cache';
import { every, type Logger, type RecurringJob } from '@ticket-check/runtime';
import type { ServedCinemas } from './served-cinemas.ts';

const WATCH_MS = 1_000;

/**
 * Acts on what commands change while the service runs: keys of a cinema that was added are fetched, and after
 * `upstream set` those of every cinema. (Accounts and the upstream itself are read afresh for each request.)
 */
export function watchCommands(options: {
  servedCinemas: ServedCinemas;
  upstreams: UpstreamStore;
  cache: KeyCache;
  keySync: KeySyncJob;
  /** Told that another upstream was set. */
  onUpstreamChanged: () => void;
  logger: Logger;
}): RecurringJob {
  const { servedCinemas, upstreams, cache, keySync, onUpstreamChanged, logger } = options;
  let seen: { cinemas: ReadonlySet<string>; upstream: string } | undefined;

  async function look(): Promise<void> {
    const [served, settings] = await Promise.all([servedCinemas.list(), upstreams.current()]);
    const before = seen;
    seen = { cinemas: new Set(served), upstream: JSON.stringify(settings) };
    // The key sync has begun with what was there at the start.
    if (before === undefined) return;
    if (before.upstream !== seen.upstream) {
      logger.info({ url: settings?.url }, 'another upstream was set');
      onUpstreamChanged();
      await keySync.trigger();
      return;
    }
    const added = served.filter((cinemaCode) => !before.cinemas.has(cinemaCode));
    if (added.length === 0) return;
    logger.info({ cinemas: added.length }, 'cinemas were added');
    const { failed } = await cache.syncAll(added);
    // The sync tries again in a minute what brings nothing now.
    if (failed.length > 0) await keySync.trigger();
  }

  return every({ name: 'watch commands', everyMs: WATCH_MS, run: look, logger, atOnce: true });
}
