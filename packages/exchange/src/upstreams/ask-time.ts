import type { WallClock } from '@ticket-check/protocol';
import type { Upstream } from '../client/upstream.ts';
import type { Log } from '../log.ts';
import type { UpstreamStore } from './store.ts';
import { watchedConnection } from './watched-connection.ts';

const ASKED_WITHIN_MS = 15_000;

/** A moment as a clock that is not our own has it, and whose that is. */
export type ToldTime = { readonly at: WallClock; readonly by: string };

/** The time as an upstream told it last; null where it has not answered yet, or none is set. */
export function toldTime(upstream: Pick<Upstream, 'url' | 'toldTime'> | null): ToldTime | null {
  const at = upstream?.toldTime() ?? null;
  return upstream === null || at === null ? null : { at, by: upstream.url };
}

/**
 * Asks the upstream that is set now for the time, for a command; null where none is set, or it does not answer. A refusal tells
 * the time too.
 */
export async function askTime(
  upstreams: UpstreamStore,
  { now, logger }: { now: () => number; logger: Log },
): Promise<ToldTime | null> {
  const connection = watchedConnection({
    upstreams,
    extensions: [],
    now,
    logger,
    silences: 1,
    probeBudgetMs: ASKED_WITHIN_MS,
    async cinemas() {
      const { cinemaCodes = [] } = (await upstreams.current()) ?? {};
      return cinemaCodes === 'all' ? [] : cinemaCodes;
    },
  });
  try {
    await connection.probe();
    return toldTime(await connection.upstream());
  } finally {
    await connection.close();
  }
}
