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
import type { ETicketKeyCache } from '../e-tickets/e-ticket-keys.ts';
import { createCheckETicket, type ETicketObjection } from '../e-tickets/judge-e-ticket.ts';
import type { ScanReading } from '../scanner/reading/scan-text.ts';
import { remaining } from '../upstream/ask-upstream.ts';
import type { ScanResult } from './scan-result.ts';

/** A code that was decrypted with a key of its cinema. */
export type Genuine = {
  readonly code: string;
  readonly fields: TicketCodeFields;
  /** The objection to the e-ticket that it was shown in. */
  readonly stale?: ETicketObjection;
};

export type ReadCode = ReturnType<typeof createReadCode>;

/** When a code is read, by which clock, and until when it may ask for keys. */
type At = { now: WallClock; clockTrusted: boolean; deadline: number };

/**
 * Reads the genuine code in a scanned text, or the reason why it is none. A code is decrypted with the cinema's keys: started ones
 * newest first, then announced ones. If none fits, the keys are fetched within the budget and tried again; only keys fetched for this
 * scan can prove a code not genuine. Scheme 5.1.5, 5.2.1; readings T6, T8, K3, K4.
 */
export function createReadCode(parts: {
  cinemas: () => Promise<readonly CinemaCode[] | 'all'>;
  keys: KeyCache;
  eTicketKeys: ETicketKeyCache;
  breaker: Pick<CircuitBreaker, 'isUp' | 'silent'>;
  logger: Logger;
  warnings: LogSampler;
}) {
  const { keys, eTicketKeys, breaker, logger, warnings } = parts;
  const checkETicket = createCheckETicket(eTicketKeys);

  /** null: no key fits. */
  async function tryKeys(code: string, cinemaCode: CinemaCode, now: WallClock): Promise<Genuine | ScanResult | null> {
    const inOrder = decryptionOrder(await keys.keys(cinemaCode), now);
    try {
      const { fields, key } = decodeTicketCode(code, inOrder);
      if (key.startTime > now) {
        warnings.note('key starts later', undefined, () =>
          logger.warn({ cinemaCode, keyStartTime: key.startTime, now }, 'ticket uses a key that starts later'),
        );
      }
      return { code, fields };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (error.code === 'CODE_NOT_GENUINE') return null;
      if (error.code === 'CODE_FIELD') return { verdict: 'NOT_GENUINE' };
      // A key fits after swapping upper and lower case: the scanner typed with Caps Lock on.
      return { verdict: 'UNREADABLE', fault: 'caps-lock' };
    }
  }

  /** Fetches within the budget, but not while the line is down. */
  async function refreshWithin(cinemaCode: CinemaCode, budgetMs: number): Promise<RefreshResult> {
    if (!breaker.isUp()) return 'failed';
    const askedAt = performance.now();
    const result = await keys.refresh(cinemaCode, { olderThanMs: 0, budgetMs });
    if (result === 'timeout') breaker.silent(askedAt);
    return result;
  }

  async function openCode(code: string, cinemaCode: CinemaCode, { now, deadline }: At): Promise<Genuine | ScanResult> {
    const cinemas = await parts.cinemas();
    if (cinemas !== 'all' && !cinemas.includes(cinemaCode)) {
      // A terminal without cinemas has no keys and cannot say that the ticket is another cinema's.
      return { verdict: cinemas.length === 0 ? 'KEYS_UNAVAILABLE' : 'WRONG_CINEMA' };
    }
    const opened = await tryKeys(code, cinemaCode, now);
    if (opened !== null) return opened;
    const refresh = await refreshWithin(cinemaCode, remaining(deadline));
    // Upstream was asked for the keys, or could not be: only a spent budget leaves that open.
    if (refresh !== 'limited' && (await keys.keys(cinemaCode)).length === 0) return { verdict: 'KEYS_UNAVAILABLE' };
    // Another scan's fetch may have brought the key in the meantime, whatever the result of this one.
    const again = await tryKeys(code, cinemaCode, now);
    if (again !== null) return again;
    if (refresh === 'refreshed') return { verdict: 'NOT_GENUINE' };
    return { verdict: 'KEYS_PENDING', retryInSeconds: inSeconds(await keys.refreshAllowedInMs(cinemaCode)) };
  }

  return async (reading: ScanReading, at: At): Promise<Genuine | ScanResult> => {
    if (reading.kind === 'unreadable') return { verdict: 'UNREADABLE', fault: reading.fault };
    const { cinemaCode } = reading;
    if (reading.kind === 'code') return openCode(reading.code, cinemaCode, at);
    const { eTicket } = reading;
    const judged = await checkETicket(eTicket, { ...at, budgetMs: remaining(at.deadline) });
    switch (judged.kind) {
      case 'elsewhere':
        return { verdict: 'UNREADABLE', fault: 'e-ticket-elsewhere' };
      case 'keys-pending':
        return { verdict: 'KEYS_PENDING', retryInSeconds: inSeconds(eTicketKeys.refreshAllowedInMs()) };
      case 'invalid':
        return { verdict: 'NOT_GENUINE', detail: judged.fault };
      case 'good':
        return openCode(eTicket.code, cinemaCode, at);
      case 'stale': {
        // Decrypted anyway, so that a supervisor may override the refusal.
        const opened = await openCode(eTicket.code, cinemaCode, at);
        if (!('verdict' in opened)) return { ...opened, stale: judged.fault };
        return judged.fault === 'e-ticket-clock' ? opened : { verdict: 'ETICKET_STALE', detail: judged.fault };
      }
    }
  };
}

const inSeconds = (waitMs: number): number => Math.max(1, Math.ceil(waitMs / 1000));
