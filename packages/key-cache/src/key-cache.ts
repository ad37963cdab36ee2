import type { RetryDetail, Upstream } from '@ticket-check/exchange';
import {
  APIS,
  type CinemaCode,
  type CinemaKey,
  getPublicKeysQueryJson,
  publicKeysReplySteps,
} from '@ticket-check/protocol';
import { inTurns, type Recurring, within } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import pMap from 'p-map';
import type { Logger } from 'pino';
import {
  createKeyStore,
  type FetchRecord,
  type InSameTransaction,
  type KeyCacheTables,
  type StoredKeys,
} from './key-store.ts';
import { replaceKeys, sameKeys } from './replace-keys.ts';

/** `limited`: no fetch was allowed, or its answer may be from before the request. But for the first two a key may be missing (K4). */
export type RefreshResult = 'refreshed' | 'fresh' | 'limited' | 'failed' | 'timeout';

export type KeyCache = ReturnType<typeof createKeyCache>;

export type KeyCacheOptions = {
  store: Store<KeyCacheTables>;
  upstream: () => Promise<Upstream | null>;
  now: () => number;
  logger: Logger;
  /** Writes what must be durable together with a cinema's changed set, in the same transaction. */
  inSameTransaction?: InSameTransaction;
  /** The least time between two fetches of one cinema's keys on demand, for this process. */
  refreshGapMs: number;
  fetchTimeoutMs?: number;
};

/** `copied`: upstream answered from a copy, without asking further up. */
type FetchResult = 'refreshed' | 'copied' | 'limited' | 'failed' | 'unreachable';

const UNREACHABLE: ReadonlySet<RetryDetail> = new Set(['unsent', 'transport', 'timeout']);
const SYNC_CONCURRENCY = 8;
/** The budget of all cinemas without keys together: anybody may name any number of cinemas that do not exist. */
const WITHOUT_KEYS = 'without keys';

/** A cinema's keys in memory: when they were asked for (`performance.now()`), and what came last. */
type Held = { readonly keys: Promise<StoredKeys>; readonly at: number; loaded: StoredKeys | undefined };

/** If several processes share the database, each sees what another fetched within this time. */
const HELD_MS = { sqlite: Number.POSITIVE_INFINITY, postgres: 1000 };

/** The cinemas' public keys as upstream sent them, the only source there is. Scheme 5.1.5, 5.2.2, 5.2.6; readings K3, K4. */
export function createKeyCache(options: KeyCacheOptions) {
  const { store, upstream, now, logger, inSameTransaction, refreshGapMs, fetchTimeoutMs = 10_000 } = options;
  const keyStore = createKeyStore(store, { logger, inSameTransaction });
  const budget = createRefreshBudget(refreshGapMs, now);
  const heldMs = HELD_MS[store.engine];
  const replacedListeners: ((cinemaCode: CinemaCode) => void)[] = [];
  const held = new Map<CinemaCode, Held>();
  const fetching = new Map<CinemaCode, Promise<FetchResult>>();

  function stored(cinemaCode: CinemaCode): Promise<StoredKeys> {
    const known = held.get(cinemaCode);
    return known === undefined || performance.now() - known.at > heldMs ? load(cinemaCode) : known.keys;
  }

  function load(cinemaCode: CinemaCode): Promise<StoredKeys> {
    const { loaded } = held.get(cinemaCode) ?? { loaded: undefined };
    const loading: Held = { keys: keyStore.load(cinemaCode), at: performance.now(), loaded };
    held.set(cinemaCode, loading);
    const forget = () => held.get(cinemaCode) === loading && held.delete(cinemaCode);
    loading.keys.then((keys) => {
      loading.loaded = keys;
      // Not for a code that no cinema has: anyone could name such.
      if (keys.current.length === 0) forget();
    }, forget);
    return loading.keys;
  }

  function fetchOnce(cinemaCode: CinemaCode, fetch: () => Promise<FetchResult>): Promise<FetchResult> {
    const underWay = fetching.get(cinemaCode);
    if (underWay !== undefined) return underWay;
    const started = fetch()
      .catch((error: unknown) => {
        logger.error({ err: error, cinemaCode }, 'failed to store public keys');
        return 'failed' as const;
      })
      .finally(() => fetching.delete(cinemaCode));
    fetching.set(cinemaCode, started);
    return started;
  }

  async function noteFailure(fetch: FetchRecord, scheduled: boolean): Promise<void> {
    // A cinema that never had keys leaves no row because a code names it: it may not exist.
    if (scheduled || (await stored(fetch.cinemaCode)).ever.length > 0) await keyStore.record(fetch);
  }

  /** `scheduled`: the cinema is known to be one of ours; on demand anybody may have named it. */
  async function fetchKeys(cinemaCode: CinemaCode, scheduled: boolean): Promise<FetchResult> {
    const peer = await upstream();
    if (peer === null) return 'unreachable';
    const outcome = await peer.call(APIS.getPublicKeys, getPublicKeysQueryJson(cinemaCode), {
      read: publicKeysReplySteps,
      timeoutMs: fetchTimeoutMs,
      priority: 'keys',
      idempotent: true,
    });
    const at = now();
    if (outcome.kind !== 'delivered') {
      const failure = `${outcome.code}: ${outcome.message}`;
      logger.warn({ cinemaCode, failure }, 'failed to fetch public keys');
      await noteFailure({ cinemaCode, at, failure, alarm: null }, scheduled);
      return outcome.kind === 'retry' && UNREACHABLE.has(outcome.detail) ? 'unreachable' : 'failed';
    }
    const fetched = await inTurns(outcome.reply);
    const old = await stored(cinemaCode);
    const replacement = replaceKeys(old, fetched);
    const [{ alarm }, { cinemaName }] = [replacement, fetched];
    if (alarm !== null) logger.warn({ cinemaCode, alarm }, 'received unexpected public keys from upstream');
    if (replacement.kind === 'keep') {
      await noteFailure({ cinemaCode, at, failure: 'no usable key in the reply', alarm }, scheduled);
      return 'failed';
    }
    const brought = { cinemaCode, at, alarm, failure: null, cinemaName };
    if (sameKeys(old.current, replacement.keys)) {
      await keyStore.record(brought);
      const loaded = { ...old, fetchedAt: at };
      held.set(cinemaCode, { keys: Promise.resolve(loaded), at: performance.now(), loaded });
    } else {
      await keyStore.record({ ...brought, keys: replacement.keys });
      logger.info({ cinemaCode, count: replacement.keys.length }, 'public keys replaced');
      held.delete(cinemaCode);
      for (const listener of replacedListeners) listener(cinemaCode);
    }
    return fetched.refreshed ? 'refreshed' : 'copied';
  }

  async function budgetOf(cinemaCode: CinemaCode): Promise<string> {
    return (await stored(cinemaCode)).ever.length > 0 ? cinemaCode : WITHOUT_KEYS;
  }

  async function fetchOnDemand(cinemaCode: CinemaCode): Promise<RefreshResult> {
    if ((await upstream()) === null) return 'failed';
    const isJoined = fetching.has(cinemaCode);
    const result = await fetchOnce(cinemaCode, async () => {
      if (budget.take(await budgetOf(cinemaCode))) return fetchKeys(cinemaCode, false);
      // Another process may just have fetched them.
      await load(cinemaCode);
      return 'limited';
    });
    // The answer may have left upstream before the key came there that this caller misses.
    if (result === 'copied' || (result === 'refreshed' && isJoined)) return 'limited';
    return result === 'unreachable' ? 'failed' : result;
  }

  return {
    /** The keys in use for a cinema, newest start first; empty when none was ever received. */
    keys: async (cinemaCode: CinemaCode): Promise<readonly CinemaKey[]> => (await stored(cinemaCode)).current,
    /** Every key the cinema ever had, up to 256, as the database has them now, for old records (reading R6). */
    keysEver: async (cinemaCode: CinemaCode): Promise<readonly CinemaKey[]> => (await load(cinemaCode)).ever,
    /** What of `keysEver` is in memory: some of the keys, and perhaps all. */
    keysAtHand: (cinemaCode: CinemaCode): readonly CinemaKey[] => held.get(cinemaCode)?.loaded?.ever ?? [],
    refreshAllowedInMs: async (cinemaCode: CinemaCode) => budget.waitMs(await budgetOf(cinemaCode)),
    onReplaced: (listener: (cinemaCode: CinemaCode) => void): void => void replacedListeners.push(listener),
    status: () => keyStore.status(),

    /** Fetches a cinema's keys unless younger than `olderThanMs`; overlapping calls share a fetch, each within `budgetMs`. K4. */
    async refresh(
      cinemaCode: CinemaCode,
      { olderThanMs, budgetMs }: { olderThanMs: number; budgetMs: number },
    ): Promise<RefreshResult> {
      const { fetchedAt } = await stored(cinemaCode);
      // A negative age means that the clock was set back, and says nothing about the keys.
      const age = fetchedAt === null ? -1 : now() - fetchedAt;
      if (age >= 0 && age < olderThanMs) return 'fresh';
      return (await within(budgetMs, fetchOnDemand(cinemaCode))) ?? 'timeout';
    },

    /** Fetches the keys of all these cinemas, whatever their age. Returns the cinemas by outcome. */
    async syncAll(cinemaCodes: readonly CinemaCode[]) {
      const [synced, failed]: [CinemaCode[], CinemaCode[]] = [[], []];
      let [unreachable, isGivenUp] = [0, false];
      const sync = async (cinemaCode: CinemaCode) => {
        const result = isGivenUp ? 'unreachable' : await fetchOnce(cinemaCode, () => fetchKeys(cinemaCode, true));
        (result === 'refreshed' || result === 'copied' ? synced : failed).push(cinemaCode);
        unreachable = result === 'unreachable' ? unreachable + 1 : 0;
        // An upstream that cannot be reached is asked again later, rather than once for each of thousands of cinemas.
        isGivenUp ||= unreachable >= SYNC_CONCURRENCY;
      };
      await pMap(cinemaCodes, sync, { concurrency: SYNC_CONCURRENCY });
      return { synced, failed };
    },
  };
}

export type KeySyncOptions = {
  cache: Pick<KeyCache, 'syncAll'>;
  cinemas: () => Promise<readonly CinemaCode[]>;
  logger: Logger;
  everyMs: number;
};

/** Between looks at what is due; cinemas that brought nothing are due at the next one. */
const LOOK_MS = 60_000;

/** Fetches the keys of every cinema at once and then every `everyMs`, and after `beginRound`. Scheme 5.1.5; reading K3. */
export function keySyncJob({ cache, cinemas, logger, everyMs }: KeySyncOptions): Recurring & { beginRound(): void } {
  let roundAt = 0;
  let missing: readonly CinemaCode[] = [];

  async function syncDue(): Promise<void> {
    const startedAt = performance.now();
    const isRound = startedAt >= roundAt;
    // One look early, so that no key gets too old; before anything is awaited, as a trigger may want the next one meanwhile.
    if (isRound) roundAt = startedAt + everyMs * (1 - Math.random() / 10) - LOOK_MS;
    try {
      const { synced, failed } = await cache.syncAll(isRound ? await cinemas() : missing);
      missing = failed;
      if (failed.length > 0) logger.warn({ synced: synced.length, failed: failed.length }, 'key sync incomplete');
    } catch (error) {
      if (isRound) roundAt = 0;
      throw error;
    }
  }

  return {
    ...{ everyMs: LOOK_MS, jitterMs: LOOK_MS / 4, atOnce: true, run: syncDue },
    beginRound() {
      roundAt = 0;
    },
  };
}

/** Lets one fetch on demand through in a while, by name, so that forged codes cannot end fetching; a clock may be set back. K4. */
export function createRefreshBudget(gapMs: number, now: () => number) {
  const takenAt = new Map<string, number>();

  /** Milliseconds until the next fetch is allowed; 0 when it is allowed now. */
  function waitMs(name: string): number {
    const sinceTaken = now() - (takenAt.get(name) ?? Number.NEGATIVE_INFINITY);
    return Math.abs(sinceTaken) < gapMs ? gapMs - sinceTaken : 0;
  }

  return {
    waitMs,
    take(name: string): boolean {
      if (waitMs(name) > 0) return false;
      takenAt.set(name, now());
      return true;
    },
  };
}
