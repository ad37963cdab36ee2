import { type ClockOffset, createUpstreamConnection, type Upstream, type UpstreamStore } from '@ticket-check/exchange';
import { KEYS_REFRESHED_EXTENSION, RECORD_ID_EXTENSION, STORE_GENERATION_EXTENSION } from '@ticket-check/protocol';
import type { Clock, Logger } from '@ticket-check/runtime';

/** The platform above this terminal, third-party or national. */
export type UpstreamLink = {
  /** The client of the upstream that is set now; `null` while none is. */
  upstream(): Promise<Upstream | null>;
  /** When the upstream last answered a question, epoch milliseconds; `null` when it has not since the start. */
  lastContactAt(): number | null;
  clockOffset(): ClockOffset | null;
  close(): Promise<void>;
};

/** What this terminal speaks beside the scheme. Reading X1. */
const EXTENSIONS = [RECORD_ID_EXTENSION, KEYS_REFRESHED_EXTENSION, STORE_GENERATION_EXTENSION];

/** Connects to the upstream that is set in the store, and takes note of every answer it gives. */
export function createUpstreamLink(options: { upstreams: UpstreamStore; now: Clock; logger: Logger }): UpstreamLink {
  const { now } = options;
  const connection = createUpstreamConnection({ ...options, extensions: EXTENSIONS });
  const noticed = new WeakMap<Upstream, Upstream>();
  let latest: Upstream | null = null;
  let lastContactAt: number | null = null;

  function noticing(upstream: Upstream): Upstream {
    return {
      ...upstream,
      async call(api, query, callOptions) {
        const outcome = await upstream.call(api, query, callOptions);
        if (outcome.kind === 'delivered') lastContactAt = now();
        return outcome;
      },
    };
  }

  return {
    async upstream() {
      const current = await connection.upstream();
      latest = current;
      if (current === null) return null;
      const known = noticed.get(current) ?? noticing(current);
      noticed.set(current, known);
      return known;
    },
    lastContactAt: () => lastContactAt,
    clockOffset: () => latest?.clockOffset() ?? null,
    close: () => connection.close(),
  };
}
