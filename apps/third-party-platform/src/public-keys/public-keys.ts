import { type CheckRecordTables, requestReviews } from '@ticket-check/check-records';
import type { WatchedConnection } from '@ticket-check/exchange';
import {
  type CinemaKeyStatus,
  createKeyCache,
  type KeyCache,
  type KeyCacheTables,
  type KeyStatus,
  keySyncJob,
  loadKeyStatus,
} from '@ticket-check/key-cache';
import type { CinemaCode } from '@ticket-check/protocol';
import type { Clock, HealthCheck, Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { type CinemaTables, createServedCinemas, type ServedCinemas } from '../cinemas/served-cinemas.ts';
import type { CommandWatch } from '../cinemas/watch-commands.ts';
import type { ThirdPartySettings } from '../config.ts';
import { getPublicKeysApi, type KeyRefresh } from './get-public-keys.ts';
import { createKeyDemand, type KeyDemandTables } from './key-demand.ts';

/**
 * The public keys of every served cinema: fetched from the national platform from when the service listens, on the schedule,
 * on demand and after commands, and served to terminals. Scheme 5.1.5, 5.2.2, 7.6.1; readings K2–K5.
 */
export function createPublicKeys(
  service: Service,
  options: {
    store: Store<KeyCacheTables & KeyDemandTables & CheckRecordTables>;
    connection: WatchedConnection;
    servedCinemas: ServedCinemas;
    commands: CommandWatch;
    settings: ThirdPartySettings;
  },
) {
  const { store, connection, servedCinemas, commands, settings } = options;
  const { now, logger } = service;
  const cache = createKeyCache({
    store,
    upstream: connection.upstream,
    now,
    logger,
    refreshGapMs: settings.KEY_REFRESH_GAP_SECONDS * 1000,
    // A record that no key fitted may have been made with one that has come only now (reading R6).
    inSameTransaction: (trx, cinemaCode) => requestReviews(trx.withTables<CheckRecordTables>(), [cinemaCode]),
  });
  // For served cinemas only: an account for all cinemas must not have the keys of whatever code it names fetched. Reading K4.
  const refreshKeys: KeyRefresh = async (cinemaCode) => {
    if (!(await servedCinemas.serves(cinemaCode))) return 'not-served';
    const { KEY_FRESH_SECONDS, UPSTREAM_BUDGET_MS } = settings;
    return cache.refresh(cinemaCode, { olderThanMs: KEY_FRESH_SECONDS * 1000, budgetMs: UPSTREAM_BUDGET_MS });
  };
  const noteQuestion = createKeyDemand(store, { recentMs: settings.KEY_DEMAND_SECONDS * 1000, now, logger });

  service.check(keysCheck({ cache, servedCinemas, now }));
  const sync = keySyncJob({
    cache,
    cinemas: servedCinemas.list,
    everyMs: settings.KEY_SYNC_MINUTES * 60_000,
    logger,
  });
  const job = service.job({ name: 'key sync', runs: 'in one process', ...sync });
  const fetchAll = () => {
    sync.beginRound();
    return job.trigger();
  };
  commands.onUpstreamSet(fetchAll);
  commands.onCinemasAdded(async (added) => {
    if (!job.isHere()) return;
    const { failed } = await cache.syncAll(added);
    // The sync tries again in a minute what brings nothing now.
    if (failed.length > 0) await fetchAll();
  });
  return {
    cache,
    refreshKeys,
    getPublicKeys: getPublicKeysApi({ cache, refreshKeys, noteQuestion, servedCinemas, now }),
  };
}

const MAX_NAMED = 20;

/** What `GET /health` shows of public keys: how old they are, which cinemas lack them. */
function keysCheck(options: { cache: KeyCache; servedCinemas: ServedCinemas; now: Clock }): HealthCheck {
  const { cache, servedCinemas, now } = options;
  return {
    name: 'keys',
    async run() {
      const cinemas = statusOfServed(await servedCinemas.list(), await cache.status());
      const fetched = cinemas.flatMap(({ keys }) => keys?.fetchedAt ?? []);
      const lacking = cinemas.filter(({ keys }) => (keys?.count ?? 0) === 0);
      const alarmed = cinemas.filter(({ keys }) => (keys?.alarm ?? null) !== null);
      return {
        ok: true,
        cinemas: cinemas.length,
        oldestSeconds: fetched.length === 0 ? null : Math.max(0, Math.round((now() - Math.min(...fetched)) / 1000)),
        withoutKeys: lacking.slice(0, MAX_NAMED).map(({ cinemaCode }) => cinemaCode),
        withAlarm: alarmed.slice(0, MAX_NAMED).map(({ cinemaCode, keys }) => ({ cinemaCode, alarm: keys?.alarm })),
      };
    },
  };
}

/** The state of every served cinema's keys, also of those that were never fetched. Reading K5. */
function statusOfServed(served: readonly CinemaCode[], statuses: readonly KeyStatus[]): CinemaKeyStatus[] {
  const byCinema = new Map(statuses.map((status) => [status.cinemaCode, status]));
  return served.map((cinemaCode) => ({ cinemaCode, keys: byCinema.get(cinemaCode) ?? null }));
}

/** The same from the store, for the command. */
export async function loadStatusOfServed(store: Store<CinemaTables & KeyCacheTables>): Promise<CinemaKeyStatus[]> {
  return statusOfServed(await createServedCinemas(store).list(), await loadKeyStatus(store));
}
