import { type CheckRecordTables, requestReviews } from '@ticket-check/check-records';
import { type SignedApi, signedApi, type WatchedConnection } from '@ticket-check/exchange';
import {
  createKeyCache,
  type KeyCache,
  type KeyCacheTables,
  keySyncJob,
  type RefreshResult,
} from '@ticket-check/key-cache';
import {
  APIS,
  type CinemaCode,
  getPublicKeysQuery,
  keysInForce,
  ProtocolError,
  publicKeysReplyJson,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock, HealthCheck, Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { ServedCinemas } from '../cinemas/served-cinemas.ts';
import { watchCommands } from '../cinemas/watch-commands.ts';
import type { ThirdPartySettings } from '../config.ts';
import { createKeyDemand, type KeyDemandTables, type NoteKeyQuestion } from './key-demand.ts';

/** Fetches a cinema's keys because somebody misses one; bounded in time and number. */
export type KeyRefresh = (cinemaCode: CinemaCode) => Promise<RefreshResult | 'not-served'>;

/**
 * The public keys of every served cinema: fetched from the national platform from when the service listens, on the schedule,
 * on demand and after commands, and served to terminals. Scheme 5.1.5, 5.2.2, 7.6.1; readings K2–K5.
 */
export async function createPublicKeys(
  service: Service,
  options: {
    store: Store<KeyCacheTables & KeyDemandTables & CheckRecordTables>;
    connection: WatchedConnection;
    servedCinemas: ServedCinemas;
    settings: ThirdPartySettings;
  },
) {
  const { store, connection, servedCinemas, settings } = options;
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
  connection.onReplaced(fetchAll);
  await watchCommands(service, {
    servedCinemas,
    connection,
    async onCinemasAdded(added) {
      if (!job.isHere()) return;
      const { failed } = await cache.syncAll(added);
      // The sync tries again in a minute what brings nothing now.
      if (failed.length > 0) await fetchAll();
    },
  });
  return {
    cache,
    refreshKeys,
    getPublicKeys: getPublicKeysApi({ cache, refreshKeys, noteQuestion, servedCinemas, now }),
  };
}

/**
 * GetPublicKeys for terminals: the keys as the national platform sent them. Keys that a terminal asks for again sooner
 * than its schedule would, and keys that were never received, are fetched first. Scheme 7.6.1; readings K2, K3, K4.
 */
function getPublicKeysApi(options: {
  cache: KeyCache;
  refreshKeys: KeyRefresh;
  noteQuestion: NoteKeyQuestion;
  servedCinemas: Pick<ServedCinemas, 'names'>;
  now: Clock;
}): SignedApi {
  const { cache, refreshKeys, noteQuestion, servedCinemas, now } = options;

  async function refreshed(cinemaCode: CinemaCode) {
    const result = await refreshKeys(cinemaCode);
    if (result === 'not-served') {
      throw new ProtocolError('KEYS_UNAVAILABLE', `Cinema ${cinemaCode} is not among those that this platform serves.`);
    }
    return { keys: await cache.keys(cinemaCode), isRefreshed: result === 'refreshed' };
  }

  async function keysFor(username: string, cinemaCode: CinemaCode) {
    const held = await cache.keys(cinemaCode);
    if (held.length > 0) {
      const isDemand = await noteQuestion(username, cinemaCode);
      return isDemand ? refreshed(cinemaCode) : { keys: held, isRefreshed: false };
    }
    const received = await refreshed(cinemaCode);
    if (received.keys.length === 0) {
      throw new ProtocolError('KEYS_UNAVAILABLE', `No public key of cinema ${cinemaCode} has been received yet.`);
    }
    await noteQuestion(username, cinemaCode);
    return received;
  }

  return signedApi({
    name: APIS.getPublicKeys,
    role: 'platform',
    priority: 'keys',
    query: getPublicKeysQuery,
    cinemasOf: ({ cinemaCode }) => [cinemaCode],
    async handle({ cinemaCode }, { account, extended }) {
      const { keys, isRefreshed } = await keysFor(account.username, cinemaCode);
      const inForce = keysInForce(keys, wallClockAt(now()));
      if (!extended('keys-refreshed')) return publicKeysReplyJson(inForce);
      const [[, cinemaName] = ['', '']] = await servedCinemas.names([cinemaCode]);
      return publicKeysReplyJson(inForce, { refreshed: isRefreshed, cinemaName });
    },
  });
}

const MAX_NAMED = 20;

/** What `GET /health` shows of the public keys of served cinemas: how old they are, which cinemas lack them. Reading K5. */
function keysCheck(options: { cache: KeyCache; servedCinemas: ServedCinemas; now: Clock }): HealthCheck {
  const { cache, servedCinemas, now } = options;
  return {
    name: 'keys',
    async run() {
      const cinemas = await servedCinemas.list();
      const statuses = new Map((await cache.status()).map((status) => [status.cinemaCode, status]));
      const served = cinemas.flatMap((cinemaCode) => statuses.get(cinemaCode) ?? []);
      const fetched = served.flatMap(({ fetchedAt }) => fetchedAt ?? []);
      const alarmed = served.filter(({ alarm }) => alarm !== null);
      return {
        ok: true,
        cinemas: cinemas.length,
        oldestSeconds: fetched.length === 0 ? null : Math.max(0, Math.round((now() - Math.min(...fetched)) / 1000)),
        withoutKeys: cinemas.filter((cinemaCode) => !statuses.get(cinemaCode)?.count).slice(0, MAX_NAMED),
        withAlarm: alarmed.slice(0, MAX_NAMED).map(({ cinemaCode, alarm }) => ({ cinemaCode, alarm })),
      };
    },
  };
}
