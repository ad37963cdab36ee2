import type { UpstreamStore } from '@ticket-check/exchange';
import type { KeySyncJob } from '@ticket-check/key-cache';
import { every, type Logger, type RecurringJob } from '@ticket-check/runtime';
import type { ClockSampler } from '../clock/clock-sampler.ts';

const WATCH_MS = 1_000;

/**
 * Fetches the keys of every served cinema after `upstream set` on the running agent, so that its first scan does not have
 * to, and goes well also where the line is down by then. A platform refuses whoever's clock is minutes off, but tells the
 * time in doing so: where no keys came the time is asked for, and then the keys once more. Readings K3, C7.
 */
export function watchUpstream(options: {
  upstreams: UpstreamStore;
  keySync: KeySyncJob;
  /** Whether a served cinema has no keys. */
  keysMissing: () => Promise<boolean>;
  sampler: Pick<ClockSampler, 'sample'>;
  logger: Logger;
}): RecurringJob {
  const { upstreams, keySync, keysMissing, sampler, logger } = options;
  let seen: string | undefined;

  async function look(): Promise<void> {
    const settings = await upstreams.current();
    const before = seen;
    seen = JSON.stringify(settings);
    // The key sync has begun with what was there at the start.
    if (before === undefined || before === seen) return;
    logger.info({ url: settings?.url }, 'another upstream was set');
    await keySync.trigger();
    const measured = sampler.sample();
    if (!(await keysMissing())) return;
    await measured;
    await keySync.trigger();
  }

  return every({ name: 'watch upstream', everyMs: WATCH_MS, run: look, logger, atOnce: true });
}
