import { type UpstreamStore, type WatchedConnection, watchedConnection } from '@ticket-check/exchange';
import type { CinemaCode } from '@ticket-check/protocol';
import { countedTotal, countedTotalBy, measuredGauge, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { ThirdPartySettings } from '../config.ts';
import { SPOKEN_UPSTREAM } from './spoken-upstream.ts';

/**
 * Connects to the national platform that is set in the store. Terminals are served without a line to it, so health shows the
 * line and is not degraded by it. Reading C3.
 */
export function connectNational(
  service: Service,
  options: {
    store: Pick<Store<unknown>, 'currentGeneration'>;
    upstreams: UpstreamStore;
    /** The cinemas that are served. */
    cinemas: () => Promise<readonly CinemaCode[]>;
    settings: ThirdPartySettings;
  },
): WatchedConnection {
  const { store, upstreams, cinemas, settings } = options;
  const { now, logger, metrics } = service;
  const connection = service.own(
    watchedConnection({
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
      now,
      logger,
      silences: settings.OFFLINE_AFTER_SILENCES,
      probeBudgetMs: settings.UPSTREAM_BUDGET_MS,
      cinemas,
    }),
  );
  measuredGauge(
    metrics,
    'upstream_line_up',
    'Whether terminals wait for the national platform: 1, or 0 while the line is down',
    () => Number(connection.isReachable()),
  );
  countedTotal(metrics, 'upstream_line_down_total', 'How often the line to the national platform went down', () =>
    connection.breaker.timesDown(),
  );
  countedTotalBy(
    metrics,
    'upstream_faults_total',
    'Answers of the national platform that could not be used as they came',
    'kind',
    connection.faults.counts,
  );
  service.check({
    name: 'upstream',
    async run() {
      const upstream = await connection.upstream();
      return {
        ok: true,
        ...connection.faults.health(),
        url: upstream?.url ?? null,
        line: connection.isHeard() ? 'up' : 'down',
        extensions: [...(upstream?.extensions() ?? [])],
        clockOffsetMs: upstream?.clockOffset().offsetMs ?? null,
      };
    },
  });
  return connection;
}
