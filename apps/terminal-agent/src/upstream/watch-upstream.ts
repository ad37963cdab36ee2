import type { UpstreamStore } from '@ticket-check/exchange';
import { every, type Service } from '@ticket-check/runtime';

const WATCH_MS = 1_000;

export type UpstreamWatch = {
  /** Calls `act` after `upstream set` on the running agent. */
  onUpstreamSet(act: () => Promise<unknown>): void;
};

/** Looks every second, from when the agent listens, and not again until everybody has acted on what was seen. */
export function watchUpstream(service: Service, { upstreams }: { upstreams: UpstreamStore }): UpstreamWatch {
  const { logger } = service;
  const onUpstreamSet: (() => Promise<unknown>)[] = [];
  let seen: string | undefined;

  async function look(): Promise<void> {
    const settings = await upstreams.current();
    const before = seen;
    seen = JSON.stringify(settings);
    // What was there at the start is known to everybody.
    if (before === undefined || before === seen) return;
    logger.info({ url: settings?.url }, 'another upstream was set');
    await Promise.all(onUpstreamSet.map((act) => act()));
  }

  service.job({
    name: 'watch upstream',
    runs: 'everywhere',
    start: () => every({ name: 'watch upstream', everyMs: WATCH_MS, run: look, logger, atOnce: true }),
  });
  return { onUpstreamSet: (act) => void onUpstreamSet.push(act) };
}
