import type { WallClock } from '@ticket-check/protocol';
import type { Upstream } from '../client/upstream.ts';
import type { Log } from '../log.ts';
import { createUpstreamConnection } from './connection.ts';
import { probeUpstream } from './probe.ts';
import type { UpstreamStore } from './store.ts';

const ASKED_WITHIN_MS = 15_000;

/** A moment as a clock that is not our own has it, and whose that is. */
export type ConfirmedTime = { readonly at: WallClock; readonly by: string };

/** The latest time from an upstream; null if it has not answered yet, or none is set. */
export function latestTime(upstream: Pick<Upstream, 'url' | 'latestTime'> | null): ConfirmedTime | null {
  const at = upstream?.latestTime() ?? null;
  return upstream === null || at === null ? null : { at, by: upstream.url };
}

/**
 * Asks the upstream that is set now for the time, for a command; null if none is set, or it does not answer. A refusal tells
 * the time too.
 */
export async function askTime(
  upstreams: UpstreamStore,
  { now, logger }: { now: () => number; logger: Log },
): Promise<ConfirmedTime | null> {
  const connection = createUpstreamConnection({ upstreams, extensions: [], now, logger });
  try {
    const [peer, settings] = await Promise.all([connection.upstream(), upstreams.current()]);
    if (peer === null) return null;
    const { cinemaCodes = [] } = settings ?? {};
    await probeUpstream(peer, cinemaCodes === 'all' ? [] : cinemaCodes, {
      timeoutMs: ASKED_WITHIN_MS,
      priority: 'background',
    });
    return latestTime(peer);
  } finally {
    await connection.close();
  }
}
