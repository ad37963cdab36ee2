import type { CircuitBreaker } from '@ticket-check/exchange';
import { createRefreshBudget, type KeyCache, type RefreshLimits, type RefreshResult } from '@ticket-check/key-cache';
import {
  type CinemaCode,
  decodeTicketCode,
  decryptionOrder,
  ProtocolError,
  type TicketCodeFields,
  type WallClock,
} from '@ticket-check/protocol';
import { type Clock, type Logger, type LogSampler, within } from '@ticket-check/runtime';

/**
 * How often one terminal fetches keys because a code does not decrypt: every second, and every 2 s once forged codes have
 * asked for a while. That is what they cost the upstream, and what a guest whose ticket was made with a new key waits for
 * at this terminal. Reading K4.
 */
export const TERMINAL_REFRESH_LIMITS: RefreshLimits = { minGapMs: 1000, burst: 60, refillMs: 120_000 };

/**
 * The same for all cinemas together of which no key was ever received. Whoever may act for all cinemas asks for the keys of
 * any cinema that a code names, and codes may name any number that do not exist.
 */
const UNKNOWN_CINEMA_LIMITS: RefreshLimits = { minGapMs: 0, burst: 20, refillMs: 40_000 };
const ALL = 'all';

/** What the keys made of a code. */
type OpenedCode =
  | { kind: 'genuine'; fields: TicketCodeFields }
  | { kind: 'not-genuine' }
  /** A key fits once the case of the letters is turned round: the scanner typed through Caps Lock. */
  | { kind: 'wrong-case' }
  /** No key fits, and whether a newer one exists could not be found out. */
  | { kind: 'keys-pending'; retryInSeconds: number }
  /** No key of the cinema was ever received. */
  | { kind: 'no-keys' };

export type OpenCode = (
  code: string,
  cinemaCode: CinemaCode,
  at: { now: WallClock; budgetMs: number },
) => Promise<OpenedCode>;

/**
 * Decrypts a well-formed ticket code with the cinema's keys: started ones newest first, then announced ones. Where none
 * fits, the keys are fetched within the budget and tried once more; only keys fetched for this very scan can make a
 * code not genuine. Scheme 5.1.5, 5.2.1; readings T6, T8, K3, K4.
 */
export function createOpenCode(
  cache: KeyCache,
  breaker: Pick<CircuitBreaker, 'isUp' | 'silent'>,
  { now: clock, logger, warnings }: { now: Clock; logger: Logger; warnings: LogSampler },
): OpenCode {
  const unknownCinemas = createRefreshBudget(UNKNOWN_CINEMA_LIMITS, clock);
  const asking = new Set<CinemaCode>();
  async function tryKeys(code: string, cinemaCode: CinemaCode, now: WallClock): Promise<OpenedCode | null> {
    const keys = decryptionOrder(await cache.keys(cinemaCode), now);
    try {
      const { fields, key } = decodeTicketCode(code, keys);
      if (key.startTime > now) {
        warnings.note('key starts later', undefined, () =>
          logger.warn(
            { cinemaCode, keyStartTime: key.startTime, now },
            'a ticket was made with a key that starts later',
          ),
        );
      }
      return { kind: 'genuine', fields };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (error.code === 'CODE_NOT_GENUINE') return null;
      return { kind: error.code === 'CODE_FIELD' ? 'not-genuine' : 'wrong-case' };
    }
  }

  /** Whether the scan may cost a question: one that is under way is shared, and one of a known cinema has a limit of its own. */
  async function mayAsk(cinemaCode: CinemaCode): Promise<boolean> {
    if (!breaker.isUp() || (await cache.keys(cinemaCode)).length > 0) return true;
    if (!asking.has(cinemaCode) && !unknownCinemas.take(ALL)) return false;
    // In the same turn, so that scans which come together share one question.
    asking.add(cinemaCode);
    return true;
  }

  /** No guest waits for a line that is down, and nothing is spent on it. */
  async function refreshWithin(cinemaCode: CinemaCode, budgetMs: number): Promise<RefreshResult> {
    if (!breaker.isUp()) return 'failed';
    const askedAt = performance.now();
    // The bound of the cache answers as a fetch that failed, so it has to end later; by a clock the two cannot be told apart either, as a
    // timer may fire within the last millisecond.
    const refreshing = cache.refresh(cinemaCode, { olderThanMs: 0, budgetMs: 2 * budgetMs });
    const result = await within(budgetMs, refreshing);
    if (result === null) breaker.silent(askedAt);
    return result ?? 'failed';
  }

  return async (code, cinemaCode, { now, budgetMs }) => {
    const opened = await tryKeys(code, cinemaCode, now);
    if (opened !== null) return opened;
    if (!(await mayAsk(cinemaCode))) {
      return { kind: 'keys-pending', retryInSeconds: inSeconds(unknownCinemas.waitMs(ALL)) };
    }
    const refresh = await refreshWithin(cinemaCode, budgetMs).finally(() => asking.delete(cinemaCode));
    if ((await cache.keys(cinemaCode)).length === 0) return { kind: 'no-keys' };
    // Whatever the refresh came to, another scan's may have brought the key in the meantime.
    const again = await tryKeys(code, cinemaCode, now);
    if (again !== null) return again;
    if (refresh === 'refreshed') return { kind: 'not-genuine' };
    return { kind: 'keys-pending', retryInSeconds: inSeconds(await cache.refreshAllowedInMs(cinemaCode)) };
  };
}

function inSeconds(waitMs: number): number {
  return Math.max(1, Math.ceil(waitMs / 1000));
}
