import type { UpstreamStore } from '@ticket-check/exchange';
import type { CinemaCode } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { ServedCinemas } from './served-cinemas.ts';

const WATCH_MS = 8_000;

/** What commands change while the service runs. (Accounts are read afresh for each request, the upstream each second.) */
export type CommandWatch = Awaited<ReturnType<typeof watchCommands>>;

/**
 * Looks every eight seconds, from when the service listens, and not again until everybody has acted on what was seen. What was set
 * before any job started is known to all of them: that is read here, so that nothing set during the start is missed.
 */
export async function watchCommands(
  service: Service,
  { servedCinemas, upstreams }: { servedCinemas: ServedCinemas; upstreams: UpstreamStore },
) {
  const { logger } = service;
  const onUpstreamSet: (() => unknown)[] = [];
  const onCinemasAdded: ((cinemaCodes: readonly CinemaCode[]) => unknown)[] = [];
  const load = async () => ({ served: await servedCinemas.list(), upstream: await upstreams.current() });
  let seen = await load();

  async function look(): Promise<void> {
    const before = seen;
    seen = await load();
    const { served, upstream } = seen;
    if (JSON.stringify(before.upstream) !== JSON.stringify(upstream)) {
      logger.info({ url: upstream?.url }, 'changed the upstream');
      await Promise.all(onUpstreamSet.map((act) => act()));
      return;
    }
    const known = new Set(before.served);
    const added = served.filter((cinemaCode) => !known.has(cinemaCode));
    if (added.length === 0) return;
    logger.info({ cinemas: added.length }, 'added cinemas');
    await Promise.all(onCinemasAdded.map((act) => act(added)));
  }

  // Runs in every process: the one that can act on a command may be this one.
  service.job({
    name: 'watch commands',
    runs: 'everywhere',
    everyMs: WATCH_MS,
    run: look,
    atOnce: true,
  });
  return {
    /** Calls `act` when another upstream was set. */
    onUpstreamSet: (act: () => unknown) => void onUpstreamSet.push(act),
    /** Calls `act` with the cinemas that were added while the upstream stays the same. */
    onCinemasAdded: (act: (cinemaCodes: readonly CinemaCode[]) => unknown) => void onCinemasAdded.push(act),
  };
}
