import type { CircuitBreaker } from '@ticket-check/exchange';
import type { KeyCache, RefreshResult } from '@ticket-check/key-cache';
import {
  type CinemaCode,
  decodeTicketCode,
  decryptionOrder,
  ProtocolError,
  type TicketCodeFields,
  type WallClock,
} from '@ticket-check/protocol';
import type { Logger, LogSampler } from '@ticket-check/runtime';

type OpenedCode =
  | { kind: 'genuine'; fields: TicketCodeFields }
  | { kind: 'not-genuine' }
  /** A key fits after swapping upper and lower case: the scanner typed with Caps Lock on. */
  | { kind: 'wrong-case' }
  /** No key fits, and newer keys could not be fetched. */
  | { kind: 'keys-pending'; retryInSeconds: number }
  | { kind: 'no-keys' };

export type OpenCode = ReturnType<typeof createOpenCode>;

/**
 * Decrypts a well-formed ticket code with the cinema's keys: started ones newest first, then announced ones. If none fits,
 * the keys are fetched within the budget and tried again; only keys fetched for this scan can prove a code not genuine.
 * Scheme 5.1.5, 5.2.1; readings T6, T8, K3, K4.
 */
export function createOpenCode(
  cache: KeyCache,
  breaker: Pick<CircuitBreaker, 'isUp' | 'silent'>,
  { logger, warnings }: { logger: Logger; warnings: LogSampler },
) {
  async function tryKeys(code: string, cinemaCode: CinemaCode, now: WallClock): Promise<OpenedCode | null> {
    const keys = decryptionOrder(await cache.keys(cinemaCode), now);
    try {
      const { fields, key } = decodeTicketCode(code, keys);
      if (key.startTime > now) {
        warnings.note('key starts later', undefined, () =>
          logger.warn({ cinemaCode, keyStartTime: key.startTime, now }, 'ticket uses a key that starts later'),
        );
      }
      return { kind: 'genuine', fields };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (error.code === 'CODE_NOT_GENUINE') return null;
      return { kind: error.code === 'CODE_FIELD' ? 'not-genuine' : 'wrong-case' };
    }
  }

  /** Fetches within the budget, but not while the line is down. */
  async function refreshWithin(cinemaCode: CinemaCode, budgetMs: number): Promise<RefreshResult> {
    if (!breaker.isUp()) return 'failed';
    const askedAt = performance.now();
    const result = await cache.refresh(cinemaCode, { olderThanMs: 0, budgetMs });
    if (result === 'timeout') breaker.silent(askedAt);
    return result;
  }

  return async (
    code: string,
    cinemaCode: CinemaCode,
    { now, budgetMs }: { now: WallClock; budgetMs: number },
  ): Promise<OpenedCode> => {
    const opened = await tryKeys(code, cinemaCode, now);
    if (opened !== null) return opened;
    const refresh = await refreshWithin(cinemaCode, budgetMs);
    // Upstream was asked for the keys, or could not be: only a spent budget leaves that open.
    if (refresh !== 'limited' && (await cache.keys(cinemaCode)).length === 0) return { kind: 'no-keys' };
    // Another scan's fetch may have brought the key in the meantime, whatever the result of this one.
    const again = await tryKeys(code, cinemaCode, now);
    if (again !== null) return again;
    if (refresh === 'refreshed') return { kind: 'not-genuine' };
    return { kind: 'keys-pending', retryInSeconds: inSeconds(await cache.refreshAllowedInMs(cinemaCode)) };
  };
}

function inSeconds(waitMs: number): number {
  return Math.max(1, Math.ceil(waitMs / 1000));
}
