import type { UpstreamStore } from '@ticket-check/exchange';
import type { KeySyncJob } from '@ticket-check/key-cache';
import { every, type Logger, type RecurringJob } from '@ticket-check/runtime';

const WATCH_MS = 1_000;

/**
 * Fetches the keys of every served cinema after `upstream set` on the running agent, so that its first scan does not have
 * to, and goes well also where the line is down by then. Reading K3.
 */
export function watchUpstream(options: {
  upstreams: UpstreamStore;
  keySync: KeySyncJob;
  logger: Logger;
}): RecurringJob {
  const { upstreams, keySync, logger } = options;
  let seen: string | undefined;

  async function look(): Promise<void> {
    const settings = await upstreams.current();
    const before = seen;
    seen = JSON.stringify(settings);
    // The key sync has begun with what was there at the start.
    if (before === undefined || before === seen) return;
    logger.info({ url: settings?.url }, 'another upstream was set');
    await keySync.trigger();
  }

  return every({ name: 'watch upstream', everyMs: WATCH_MS, run: look, logger, atOnce: true });
}
