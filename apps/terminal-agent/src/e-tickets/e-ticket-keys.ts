import type { CircuitBreaker, Upstream } from '@ticket-check/exchange';
import { createRefreshBudget } from '@ticket-check/key-cache';
import { APIS, E_TICKETS_EXTENSION, readGetETicketKeysReply } from '@ticket-check/protocol';
import { every, type Service, within } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { KnownChangeTables } from '../changes/known-change-tables.ts';
import { TERMINAL_REFRESH_LIMITS } from '../public-keys/open-code.ts';
import type { TerminalConnection } from '../upstream/connect-upstream.ts';
import type { UpstreamWatch } from '../upstream/watch-upstream.ts';
import { forgetETicketKeys, type KnownETicketKeys, keepETicketKeys, loadETicketKeys } from './e-ticket-key-store.ts';
import type { ETicketKeyTables } from './e-ticket-key-tables.ts';

/** Stopping waits for a fetch that is under way. */
const FETCH_TIMEOUT_MS = 5000;
/** After a fetch that brought nothing, and as often it is looked whether one is due. */
const RETRY_MS = 60_000;

/** Keys that are there already are asked about at a random moment within this after the start: nobody needs that at once. */
const FIRST_WITHIN_MS = 5000;
const ALL = 'all';

/**
 * What a fetch came to. `none`: the platform has no e-tickets. `failed` also where it has not been heard yet, so that nobody knows.
 */
type Fetched = 'fetched' | 'none' | 'failed';

export type ETicketKeyCache = {
  /** What is known; null where no platform ever told any. */
  known(): Promise<KnownETicketKeys | null>;
  /**
   * Fetches the keys for a scan that found none in those it looked at (`seen`), within its budget and as often as one terminal may.
   * `limited` where it may not now, and where others came meanwhile or by a fetch that had begun before.
   */
  refresh(budgetMs: number, seen: KnownETicketKeys | null): Promise<Fetched | 'limited'>;
  /** Milliseconds until the next fetch for a scan is allowed. */
  refreshAllowedInMs(): number;
};

/**
 * The keys that the platform above signs e-tickets with: fetched from when the agent listens, as often as those of cinemas, after
 * `upstream set`, and for a scan that names one which is not known; kept for when the line is down. Only from a platform that speaks
 * the extension. Reading C5.
 */
export function createETicketKeys(
  service: Service,
  options: {
    store: Store<ETicketKeyTables & KnownChangeTables>;
    connection: Pick<TerminalConnection, 'upstream' | 'onAnnounced'> & {
      breaker: Pick<CircuitBreaker, 'isUp' | 'silent'>;
    };
    upstreamWatch: UpstreamWatch;
    settings: { readonly KEY_SYNC_MINUTES: number };
  },
): ETicketKeyCache {
  const { store, connection, upstreamWatch, settings } = options;
  const { logger, now } = service;
  const budget = createRefreshBudget(TERMINAL_REFRESH_LIMITS, now);
  let loaded: Promise<KnownETicketKeys | null> | undefined;
  let fetching: Promise<Fetched> | undefined;
  let dueAt = 0;

  function known(): Promise<KnownETicketKeys | null> {
    loaded ??= loadETicketKeys(store).catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  }

  async function fetchFrom(peer: Upstream): Promise<Fetched> {
    const outcome = await peer.call(
      APIS.getETicketKeys,
      {},
      {
        read: readGetETicketKeysReply,
        timeoutMs: FETCH_TIMEOUT_MS,
        priority: 'keys',
        idempotent: true,
      },
    );
    if (outcome.kind !== 'delivered') {
      logger.warn({ code: outcome.code, reason: outcome.message }, 'the keys of e-tickets could not be fetched');
      return 'failed';
    }
    const { host, keys } = outcome.reply;
    if (host === '' || keys.length === 0) {
      logger.warn({ host, keys: keys.length }, 'the platform named no key of e-tickets: those known before stay');
      return 'failed';
    }
    await keepETicketKeys(store, outcome.reply, now());
    loaded = undefined;
    return 'fetched';
  }

  async function whoHasThem(): Promise<Upstream | 'none' | 'failed'> {
    const peer = await connection.upstream();
    if (!peer?.hasAnswered()) return 'failed';
    return peer.extensions().has(E_TICKETS_EXTENSION) ? peer : 'none';
  }

  async function fetchOnce(): Promise<Fetched> {
    const peer = await whoHasThem();
    if (typeof peer === 'string') return peer;
    fetching ??= fetchFrom(peer)
      .catch((error: unknown) => {
        logger.error({ err: error }, 'the keys of e-tickets could not be stored');
        return 'failed' as const;
      })
      .finally(() => {
        fetching = undefined;
      });
    return fetching;
  }

  async function refresh(budgetMs: number, seen: KnownETicketKeys | null): Promise<Fetched | 'limited'> {
    // Known without a question, however often it is scanned, and without a line.
    if ((await whoHasThem()) === 'none') return 'none';
    // A fetch that ended meanwhile: another one so soon would bring the same, and keep the next scan from asking.
    if ((await known()) !== seen) return 'limited';
    if (!connection.breaker.isUp()) return 'failed';
    const isUnderWay = fetching !== undefined;
    if (!isUnderWay && !budget.take(ALL)) return 'limited';
    const askedAt = performance.now();
    const fetched = await within(budgetMs, fetchOnce());
    if (fetched === null) connection.breaker.silent(askedAt);
    return isUnderWay && fetched === 'fetched' ? 'limited' : (fetched ?? 'failed');
  }

  async function fetchWhereDue(): Promise<void> {
    if (performance.now() < dueAt) return;
    const fetched = await fetchOnce();
    if (fetched === 'none' && (await known()) !== null) {
      await forgetETicketKeys(store);
      loaded = undefined;
      logger.warn('the platform above has no e-tickets: the keys that signed those of a former one are forgotten');
    }
    if (fetched !== 'fetched') return;
    // One look early, so that none gets older than it may.
    dueAt = performance.now() + settings.KEY_SYNC_MINUTES * 60_000 - RETRY_MS;
  }

  service.check({
    name: 'e-ticket keys',
    async run() {
      const keys = await known();
      if (keys === null) return { ok: true, host: null, keys: 0, ageSeconds: null };
      const ageSeconds = Math.max(0, Math.round((now() - keys.fetchedAt) / 1000));
      return {
        ok: true,
        host: keys.host,
        keys: [...keys.keys.values()].filter(({ listed }) => listed).length,
        ageSeconds,
      };
    },
  });
  service.job({
    name: 'e-ticket keys',
    runs: 'in one process',
    start() {
      const name = 'e-ticket keys';
      const job = every({
        name,
        everyMs: RETRY_MS,
        jitterMs: RETRY_MS / 4,
        firstWithinMs: FIRST_WITHIN_MS,
        run: fetchWhereDue,
        logger,
      });
      // Without any no e-ticket can be judged.
      void known()
        .catch(() => null)
        .then((keys) => (keys === null ? job.trigger() : undefined));
      upstreamWatch.onUpstreamSet(() => {
        dueAt = 0;
        return job.trigger();
      });
      connection.onAnnounced(() => void job.trigger());
      return job;
    },
  });
  return { known, refresh, refreshAllowedInMs: () => budget.waitMs(ALL) };
}
