import type { Upstream } from '@ticket-check/exchange';
import { createRefreshBudget } from '@ticket-check/key-cache';
import {
  APIS,
  type ETicketKey,
  type ETicketKeys,
  getETicketKeysReplyJson,
  readGetETicketKeysReply,
} from '@ticket-check/protocol';
import { type Service, within } from '@ticket-check/runtime';
import { forgetLiveETickets } from '../changes/follow-upstream.ts';
import type { Core } from '../core.ts';

type KnownETicketKeys = ReturnType<typeof knownOf>;

/** @param fetchedAt epoch milliseconds */
const knownOf = ({ host, keys }: ETicketKeys, fetchedAt: number) => ({
  ...{ host, fetchedAt },
  keys: new Map<string, ETicketKey>(keys.map((key) => [key.keyId, key])),
});

/** Stopping waits for a running fetch. */
const FETCH_TIMEOUT_MS = 5000;
/** Pause after a failed fetch, and between checks whether a fetch is due. */
const RETRY_MS = 60_000;

/** The first fetch comes within this time, at a random moment, or once the platform has answered. */
const FIRST_WITHIN_MS = 5000;
/** Least time between two fetches for scans, so that forged codes cost the platform little. */
const MIN_GAP_MS = 2000;
const E_TICKETS = 'e-tickets';

/**
 * The result of a fetch. `none`: the platform has no e-tickets. `failed`: also if it has not answered yet, so that it is unknown.
 */
type Fetched = 'fetched' | 'none' | 'failed';

export type ETicketKeyCache = ReturnType<typeof createETicketKeys>;

/**
 * The keys that the platform above signs e-tickets with: fetched from when the agent listens, as often as those of cinemas, after
 * `upstream set`, and for a scan that names one which is not known; kept for when the line is down. Only from a platform that speaks
 * the extension. Reading C5.
 */
export function createETicketKeys(
  service: Service,
  { store, connection, settings }: Core & { settings: { readonly KEY_SYNC_MINUTES: number } },
) {
  const { logger, now } = service;
  /** As last loaded or kept; undefined: not loaded yet. */
  let loaded: KnownETicketKeys | null | undefined;
  let fetching: Promise<Fetched> | undefined;
  let dueAt = 0;
  const budget = createRefreshBudget(MIN_GAP_MS, now);

  /** The known keys; null if no platform ever listed any. */
  async function known(): Promise<KnownETicketKeys | null> {
    if (loaded !== undefined) return loaded;
    const source = await store.db.selectFrom('eTicketSource').selectAll().executeTakeFirst();
    loaded ??=
      source === undefined ? null : knownOf(readGetETicketKeysReply(JSON.parse(source.keys)), source.fetchedAt);
    return loaded;
  }

  async function keep(fetched: ETicketKeys): Promise<void> {
    const keys = JSON.stringify(getETicketKeysReplyJson(fetched));
    const row = { host: fetched.host, fetchedAt: now(), keys };
    const kept = store.db.insertInto('eTicketSource').values({ id: 1, ...row });
    await kept.onConflict((conflict) => conflict.column('id').doUpdateSet(row)).execute();
    loaded = knownOf(fetched, row.fetchedAt);
  }

  async function holder(): Promise<Upstream | 'none' | 'failed'> {
    const peer = await connection.upstream();
    if (!peer?.hasAnswered()) return 'failed';
    return peer.extensions().has('e-tickets') ? peer : 'none';
  }

  async function fetchFromHolder(): Promise<Fetched> {
    const peer = await holder();
    if (typeof peer === 'string') return peer;
    const how = { timeoutMs: FETCH_TIMEOUT_MS, priority: 'keys', idempotent: true } as const;
    const outcome = await peer.call(APIS.getETicketKeys, {}, { read: readGetETicketKeysReply, ...how });
    if (outcome.kind !== 'delivered') {
      logger.warn({ code: outcome.code, reason: outcome.message }, 'failed to fetch e-ticket keys');
      return 'failed';
    }
    const { host, keys } = outcome.reply;
    if (host === '' || keys.length === 0) {
      logger.warn({ host, keys: keys.length }, 'platform listed no e-ticket keys; keeping known ones');
      return 'failed';
    }
    await keep(outcome.reply);
    return 'fetched';
  }

  /** Starts at once, before anything is awaited: guests who come in the same turn share one fetch. */
  function fetchOnce(): Promise<Fetched> {
    fetching ??= fetchFromHolder()
      .catch((error: unknown) => {
        logger.error({ err: error }, 'failed to store e-ticket keys');
        return 'failed' as const;
      })
      .finally(() => {
        fetching = undefined;
      });
    return fetching;
  }

  /**
   * Fetches the keys for a scan that did not find its key in `seen`, within its budget and as often as a terminal may. `limited`:
   * not allowed now, or other keys arrived meanwhile or by a fetch that was already running.
   */
  async function refresh(budgetMs: number, seen: KnownETicketKeys | null): Promise<Fetched | 'limited'> {
    // Known without asking, so repeated scans cost nothing.
    if ((await holder()) === 'none') return 'none';
    // A fetch ended meanwhile: another one so soon would bring the same and use up the next scan's turn.
    if ((await known()) !== seen) return 'limited';
    if (!connection.breaker.isUp()) return 'failed';
    const isUnderWay = fetching !== undefined;
    if (!isUnderWay && !budget.take(E_TICKETS)) return 'limited';
    const askedAt = performance.now();
    const fetched = await within(budgetMs, fetchOnce());
    if (fetched === null) connection.breaker.silent(askedAt);
    return isUnderWay && fetched === 'fetched' ? 'limited' : (fetched ?? 'failed');
  }

  async function fetchWhereDue(): Promise<void> {
    if (performance.now() < dueAt) return;
    const fetched = await fetchOnce();
    if (fetched === 'none' && (await known()) !== null) {
      // It has no e-tickets any longer, or was replaced.
      await store.transaction(async (trx) => {
        await forgetLiveETickets(trx);
        await trx.deleteFrom('eTicketSource').execute();
      });
      loaded = null;
      logger.warn('forgot e-ticket keys: platform has no e-tickets');
    }
    if (fetched !== 'fetched') return;
    // One check early, so that keys never get too old.
    dueAt = performance.now() + settings.KEY_SYNC_MINUTES * 60_000 - RETRY_MS;
  }

  service.check({
    name: 'e-ticket keys',
    async run() {
      const keys = await known();
      if (keys === null) return { ok: true, host: null, keys: 0, ageSeconds: null };
      const ageSeconds = Math.max(0, Math.round((now() - keys.fetchedAt) / 1000));
      return { ok: true, host: keys.host, keys: keys.keys.size, ageSeconds };
    },
  });
  const job = service.job({
    ...{ name: 'e-ticket keys', runs: 'in one process', everyMs: RETRY_MS, jitterMs: RETRY_MS / 4 },
    firstWithinMs: FIRST_WITHIN_MS,
    run: fetchWhereDue,
  });
  connection.onReplaced(() => {
    dueAt = 0;
    void job.trigger();
  });
  connection.onAnnounced(() => void job.trigger());
  return {
    known,
    refresh,
    /** Milliseconds until the next fetch for a scan is allowed. */
    refreshAllowedInMs: () => budget.waitMs(E_TICKETS),
  };
}
