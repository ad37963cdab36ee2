import type { UpstreamStore } from '@ticket-check/exchange';
import type { Service } from '@ticket-check/runtime';

const WATCH_MS = 1_000;

/** Acts on a new setting; `isAnother`: another address or account, not only another key or form. */
type Act = (set: { isAnother: boolean }) => Promise<unknown>;

export type UpstreamWatch = {
  /** Calls `act` after `upstream set` on the running agent. */
  onUpstreamSet(act: Act): void;
};

/**
 * Checks for a new upstream every second once the agent listens, and waits until all have acted on it. The current setting is read
 * here, before any job starts, so that a change during the start is not missed.
 */
export async function watchUpstream(
  service: Service,
  { upstreams }: { upstreams: UpstreamStore },
): Promise<UpstreamWatch> {
  const { logger } = service;
  const onUpstreamSet: Act[] = [];
  let seen = await upstreams.current();

  async function look(): Promise<void> {
    const settings = await upstreams.current();
    const before = seen;
    seen = settings;
    if (JSON.stringify(before) === JSON.stringify(seen)) return;
    logger.info({ url: settings?.url }, 'upstream was set');
    const isAnother = before?.url !== settings?.url || before?.username !== settings?.username;
    await Promise.all(onUpstreamSet.map((act) => act({ isAnother })));
  }

  service.job({ name: 'watch upstream', runs: 'everywhere', everyMs: WATCH_MS, run: look, atOnce: true });
  return { onUpstreamSet: (act) => void onUpstreamSet.push(act) };
}
