import { setTimeout as delay } from 'node:timers/promises';
import type { RetryDetail, Upstream } from '@ticket-check/exchange';
import {
  APIS,
  type CinemaCode,
  type CinemaKey,
  getPublicKeysQueryJson,
  publicKeysReplySteps,
} from '@ticket-check/protocol';
import { inTurns, within } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import pMap from 'p-map';
import type { Logger } from 'pino';
import {
  createKeyStore,
  type FetchRecord,
  type InSameTransaction,
  type KeyStatus,
  type StoredKeys,
} from './key-store.ts';
import type { KeyCacheTables } from './migrations.ts';
import type { RefreshBudget } from './refresh-budget.ts';
import { replaceKeys, sameKeys } from './replace-keys.ts';

/**
 * The result of a refresh on demand. Also `limited` if upstream itself answered from a copy, or the fetch had started before
 * the request. `limited` and `failed` do not say whether a key is missing: a code that no key decrypts is then
 * `KEYS_PENDING`, not `NOT_GENUINE` (reading K4).
 */
export type RefreshResult = 'refreshed' | 'fresh' | 'limited' | 'failed';

export type KeyCache = {
  /** The keys in use for a cinema, newest start first; empty when none was ever received. */
  keys(cinemaCode: CinemaCode): Promise<readonly CinemaKey[]>;
  /**
   * Every key the cinema ever had, up to 256 (`MAX_KEYS_EVER`), as the database has them now, whichever process brought them; for records made under a
   * key that is no longer in use (reading R6).
   */
  keysEver(cinemaCode: CinemaCode): Promise<readonly CinemaKey[]>;
  /** What of `keysEver` is in memory: some of the keys, and perhaps all. */
  keysAtHand(cinemaCode: CinemaCode): readonly CinemaKey[];
  /** When upstream last sent the set in use, epoch milliseconds; null when it never did. */
  fetchedAt(cinemaCode: CinemaCode): Promise<number | null>;
  /**
   * Fetches a cinema's keys from upstream unless they are younger than `olderThanMs`. Calls that overlap share one
   * fetch, also one of another process that shares the budget; each waits at most its own `budgetMs`, after which the
   * fetch goes on without it. Reading K4.
   */
  refresh(cinemaCode: CinemaCode, options: { olderThanMs: number; budgetMs: number }): Promise<RefreshResult>;
  /** Milliseconds until a refresh of this cinema is allowed again. */
  refreshAllowedInMs(cinemaCode: CinemaCode): Promise<number>;
  /** Fetches the keys of all these cinemas, whatever their age. Returns the cinemas by outcome. */
  syncAll(cinemaCodes: readonly CinemaCode[]): Promise<{ synced: CinemaCode[]; failed: CinemaCode[] }>;
  /** Calls `listener` when a cinema's set has changed, once the change is durable. */
  onReplaced(listener: (cinemaCode: CinemaCode) => void): void;
  /** Age, number and alarm of every cinema's keys that were ever asked for. */
  status(): Promise<KeyStatus[]>;
};

export type KeyCacheOptions = {
  store: Store<KeyCacheTables>;
  /** The platform that keys come from; null while none is configured. */
  upstream: () => Promise<Upstream | null>;
  now: () => number;
  logger: Logger;
  /** Writes what must be durable together with a cinema's changed set, in the same transaction. */
  inSameTransaction?: InSameTransaction;
  /** How often keys may be fetched on demand. */
  budget: RefreshBudget;
  fetchTimeoutMs?: number;
};

/** `copied`: upstream answered from a copy, without asking further up. */
type FetchResult = 'refreshed' | 'copied' | 'failed' | 'unreachable';

/** A fetch that is under way; an object, so that it can be awaited apart from its beginning. */
type Begun = { readonly result: Promise<FetchResult> };

const UNREACHABLE: ReadonlySet<RetryDetail> = new Set(['unsent', 'transport', 'timeout']);
const SYNC_CONCURRENCY = 8;
/** How often a fetch of another process is looked at while somebody waits for it. */
const POLL_MS = 50;

/** A cinema's keys in memory: when they were asked for (`performance.now()`), and what came last. */
type Held = { readonly keys: Promise<StoredKeys>; readonly at: number; loaded: StoredKeys | undefined };

/** If several processes share the database, each sees what another fetched within this time. */
const HELD_MS = { sqlite: Number.POSITIVE_INFINITY, postgres: 1000 };

/** The cinemas' public keys as upstream sent them, the only source there is. Scheme 5.1.5, 5.2.2, 5.2.6; readings K3, K4. */
export function createKeyCache(options: KeyCacheOptions): KeyCache {
  const { store, upstream, now, logger, inSameTransaction, budget, fetchTimeoutMs = 10_000 } = options;
  const keyStore = createKeyStore(store, { logger, inSameTransaction });
  const heldMs = HELD_MS[store.engine];
  const replacedListeners: ((cinemaCode: CinemaCode) => void)[] = [];
  const held = new Map<CinemaCode, Held>();
  const fetching = new Map<CinemaCode, Promise<FetchResult>>();
  const beginning = new Map<CinemaCode, Promise<Begun | null>>();
  const awaited = new Map<CinemaCode, Promise<void>>();
  let isBudgetLost = false;

  function stored(cinemaCode: CinemaCode): Promise<StoredKeys> {
    const known = held.get(cinemaCode);
    return known === undefined || performance.now() - known.at > heldMs ? load(cinemaCode) : known.keys;
  }

  function load(cinemaCode: CinemaCode): Promise<StoredKeys> {
    const loading: Held = {
      keys: keyStore.load(cinemaCode),
      at: performance.now(),
      loaded: held.get(cinemaCode)?.loaded,
    };
    held.set(cinemaCode, loading);
    const forget = () => held.get(cinemaCode) === loading && held.delete(cinemaCode);
    loading.keys.then((keys) => {
      loading.loaded = keys;
      // Not for a code that no cinema has: anyone could name such.
      if (keys.current.length === 0) forget();
    }, forget);
    return loading.keys;
  }

  /** `scheduled`: the cinema is known to be one of ours; on demand anybody may have named it. */
  function fetchOnce(cinemaCode: CinemaCode, scheduled: boolean): Promise<FetchResult> {
    return shared(fetching, cinemaCode, () =>
      fetchKeys(cinemaCode, scheduled).catch((error: unknown) => {
        logger.error({ err: error, cinemaCode }, 'failed to store public keys');
        return 'failed' as const;
      }),
    );
  }

  async function noteFailure(fetch: FetchRecord & { kind: 'failed' }, scheduled: boolean): Promise<void> {
    // A cinema that never had keys leaves no row because a code names it: it may not exist.
    if (scheduled || (await stored(fetch.cinemaCode)).ever.length > 0) await keyStore.record(fetch);
  }

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
      await noteFailure({ cinemaCode, at, kind: 'failed', failure, alarm: null }, scheduled);
      return outcome.kind === 'retry' && UNREACHABLE.has(outcome.detail) ? 'unreachable' : 'failed';
    }
    const fetched = await inTurns(outcome.reply);
    const old = await stored(cinemaCode);
    const replacement = replaceKeys(old, fetched);
    const { alarm } = replacement;
    if (alarm !== null) logger.warn({ cinemaCode, alarm }, 'received unexpected public keys from upstream');
    if (replacement.kind === 'keep') {
      await noteFailure({ cinemaCode, at, kind: 'failed', failure: 'no usable key in the reply', alarm }, scheduled);
      return 'failed';
    }
    if (sameKeys(old.current, replacement.keys)) {
      await keyStore.record({ cinemaCode, at, kind: 'confirmed', alarm });
      const loaded = { ...old, fetchedAt: at };
      held.set(cinemaCode, { keys: Promise.resolve(loaded), at: performance.now(), loaded });
    } else {
      await keyStore.record({ cinemaCode, at, kind: 'replaced', keys: replacement.keys, alarm });
      logger.info({ cinemaCode, count: replacement.keys.length }, 'public keys replaced');
      held.delete(cinemaCode);
      for (const listener of replacedListeners) listener(cinemaCode);
    }
    return fetched.refreshed ? 'refreshed' : 'copied';
  }

  /** A fetch that the budget allows, or null; asked once for all who want it at this moment. */
  function beginFetch(cinemaCode: CinemaCode): Promise<Begun | null> {
    return shared(beginning, cinemaCode, async () =>
      (await takeFetch(cinemaCode)) ? { result: fetchOnce(cinemaCode, false) } : null,
    );
  }

  async function takeFetch(cinemaCode: CinemaCode): Promise<boolean> {
    try {
      const isAllowed = await budget.take(cinemaCode);
      isBudgetLost = false;
      return isAllowed;
    } catch (error) {
      // Keys that are held are of use also where nothing can be written.
      if (!isBudgetLost) logger.error({ err: error }, 'failed to note a key fetch on demand');
      isBudgetLost = true;
      return false;
    }
  }

  /** What another process may have fetched: of a fetch that is under way there its end is waited for. */
  async function fetchedElsewhere(cinemaCode: CinemaCode, olderThanMs: number): Promise<RefreshResult> {
    const { takenAt } = budget;
    if (takenAt === undefined) return 'limited';
    await shared(awaited, cinemaCode, async () => {
      for (;;) {
        const [taken, last] = await Promise.all([takenAt(cinemaCode), keyStore.lastFetch(cinemaCode)]);
        if (taken === null || last === null) return;
        const isUnderWay = taken > last.attemptedAt && Math.abs(now() - taken) < fetchTimeoutMs;
        if (!isUnderWay) {
          if (last.fetchedAt !== held.get(cinemaCode)?.loaded?.fetchedAt) await load(cinemaCode);
          return;
        }
        await delay(POLL_MS);
      }
    });
    return isFresh((await stored(cinemaCode)).fetchedAt, olderThanMs) ? 'fresh' : 'limited';
  }

  async function fetchOnDemand(cinemaCode: CinemaCode, olderThanMs: number): Promise<RefreshResult> {
    const joined = fetching.get(cinemaCode);
    const fetch = joined === undefined ? await beginFetch(cinemaCode) : { result: joined };
    if (fetch === null) return fetchedElsewhere(cinemaCode, olderThanMs);
    const result = await fetch.result;
    // The answer may have left upstream before the key came there that this caller misses.
    if (result === 'copied' || (result === 'refreshed' && joined !== undefined)) return 'limited';
    return result === 'refreshed' ? 'refreshed' : 'failed';
  }

  function isFresh(fetchedAt: number | null, olderThanMs: number): boolean {
    if (fetchedAt === null) return false;
    const age = now() - fetchedAt;
    // A negative age means that the clock was set back, and says nothing about the keys.
    return age >= 0 && age < olderThanMs;
  }

  return {
    keys: async (cinemaCode) => (await stored(cinemaCode)).current,
    keysEver: async (cinemaCode) => (await load(cinemaCode)).ever,
    keysAtHand: (cinemaCode) => held.get(cinemaCode)?.loaded?.ever ?? [],
    fetchedAt: async (cinemaCode) => (await stored(cinemaCode)).fetchedAt,
    refreshAllowedInMs: async (cinemaCode) => budget.waitMs(cinemaCode),
    onReplaced: (listener) => void replacedListeners.push(listener),
    status: () => keyStore.status(),

    async refresh(cinemaCode, { olderThanMs, budgetMs }) {
      if (isFresh((await stored(cinemaCode)).fetchedAt, olderThanMs)) return 'fresh';
      return (await within(budgetMs, fetchOnDemand(cinemaCode, olderThanMs))) ?? 'failed';
    },

    async syncAll(cinemaCodes) {
      const synced: CinemaCode[] = [];
      const failed: CinemaCode[] = [];
      let unreachable = 0;
      let isGivenUp = false;
      const sync = async (cinemaCode: CinemaCode) => {
        const result = isGivenUp ? 'unreachable' : await fetchOnce(cinemaCode, true);
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

/** What is under way for a cinema, or `work` that begins now. */
function shared<T>(underWay: Map<CinemaCode, Promise<T>>, cinemaCode: CinemaCode, work: () => Promise<T>): Promise<T> {
  const known = underWay.get(cinemaCode);
  if (known !== undefined) return known;
  const started = work().finally(() => underWay.delete(cinemaCode));
  underWay.set(cinemaCode, started);
  return started;
}
