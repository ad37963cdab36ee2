import { type UpstreamStore, type WatchedConnection, watchedConnection } from '@ticket-check/exchange';
import type { CinemaCode, Extension } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { ThirdPartySettings } from '../config.ts';

/** What is spoken towards the national platform, which knows no claims. Reading X1. */
export const SPOKEN_UPSTREAM: readonly Extension[] = [
  'record-id',
  'keys-refreshed',
  'store-generation',
  'shared-cinema',
  'ticket-infos',
  'check-records',
  'changes',
  'reverses',
  'overrides',
  'record-origins',
  'undone-records',
];

/**
 * Connects to the national platform that is set in the store. Terminals are served without a line to it, so health shows the
 * line and is not degraded by it. Reading C3.
 */
export function connectNational(
  service: Service,
  options: {
    store: Pick<Store<unknown>, 'currentGeneration'>;
    upstreams: UpstreamStore;
    cinemas: () => Promise<readonly CinemaCode[]>;
    settings: ThirdPartySettings;
  },
): WatchedConnection {
  const { store, upstreams, cinemas, settings } = options;
  const connection = watchedConnection(service, {
    upstreams,
    extensions: SPOKEN_UPSTREAM,
    // Read for each call: another generation may begin while this platform serves.
    store: {
      get generation() {
        return store.currentGeneration().generation;
      },
      get replaces() {
        return store.currentGeneration().replaces;
      },
    },
    settings,
    cinemas,
  });
  connection.onReplaced(() => service.logger.info({ url: connection.latest()?.url }, 'changed the upstream'));
  service.check({
    name: 'upstream',
    async run() {
      const upstream = await connection.upstream();
      return {
        ok: true,
        ...connection.faults.health(),
        url: upstream?.url ?? null,
        line: connection.isReachable() ? 'up' : 'down',
        extensions: [...(upstream?.extensions() ?? [])],
        clockOffsetMs: upstream?.clockOffset().offsetMs ?? null,
      };
    },
  });
  return connection;
}
