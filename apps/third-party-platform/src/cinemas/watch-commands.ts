import type { UpstreamStore } from '@ticket-check/exchange';
import type { CinemaCode } from '@ticket-check/protocol';
import { every, type Service } from '@ticket-check/runtime';
import type { ServedCinemas } from './served-cinemas.ts';

const WATCH_MS = 1_000;

/** What commands change while the service runs. (Accounts and the upstream itself are read afresh for each request.) */
export type CommandWatch = {
  /** Calls `act` when another upstream was set. */
  onUpstreamSet(act: () => unknown): void;
  /** Calls `act` with the cinemas that were added, where the upstream is the same as before. */
  onCinemasAdded(act: (cinemaCodes: readonly CinemaCode[]) => unknown): void;
};

/** Looks every second, from when the service listens, and not again until everybody has acted on what was seen. */
export function watchCommands(
  service: Service,
  { servedCinemas, upstreams }: { servedCinemas: ServedCinemas; upstreams: UpstreamStore },
): CommandWatch {
  const { logger } = service;
  const onUpstreamSet: (() => unknown)[] = [];
  const onCinemasAdded: ((cinemaCodes: readonly CinemaCode[]) => unknown)[] = [];
  let seen: { cinemas: ReadonlySet<string>; upstream: string } | undefined;

  async function look(): Promise<void> {
    const [served, settings] = await Promise.all([servedCinemas.list(), upstreams.current()]);
    const before = seen;
    seen = { cinemas: new Set(served), upstream: JSON.stringify(settings) };
    // What was there at the start is known to everybody.
    if (before === undefined) return;
    if (before.upstream !== seen.upstream) {
      logger.info({ url: settings?.url }, 'another upstream was set');
      await Promise.all(onUpstreamSet.map((act) => act()));
      return;
    }
    const added = served.filter((cinemaCode) => !before.cinemas.has(cinemaCode));
    if (added.length === 0) return;
    logger.info({ cinemas: added.length }, 'cinemas were added');
    await Promise.all(onCinemasAdded.map((act) => act(added)));
  }

  // What follows from a command is done by whoever can do it, which may be this process alone.
  service.job({
    name: 'watch commands',
    runs: 'everywhere',
    start: () => every({ name: 'watch commands', everyMs: WATCH_MS, run: look, logger, atOnce: true }),
  });
  return {
    onUpstreamSet: (act) => void onUpstreamSet.push(act),
    onCinemasAdded: (act) => void onCinemasAdded.push(act),
  };
}
