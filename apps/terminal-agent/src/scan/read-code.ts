import type { CinemaCode, TicketCodeFields, WallClock } from '@ticket-check/protocol';
import type { CheckETicket, ETicketObjection } from '../e-tickets/judge-e-ticket.ts';
import type { OpenCode } from '../public-keys/open-code.ts';
import type { ScanReading } from '../scanner/reading/scan-text.ts';
import { remaining } from '../upstream/ask-upstream.ts';
import type { ScanResult } from './scan-result.ts';

export type Genuine = {
  readonly code: string;
  readonly fields: TicketCodeFields;
  readonly stale?: ETicketObjection;
};

export type ReadCode = (
  reading: ScanReading,
  at: { now: WallClock; clockTrusted: boolean; deadline: number },
) => Promise<Genuine | ScanResult>;

type Read = Exclude<ScanReading, { kind: 'unreadable' }>;

export function createReadCode(options: {
  cinemas: () => Promise<readonly CinemaCode[] | 'all'>;
  openCode: OpenCode;
  checkETicket: CheckETicket;
  /** Milliseconds until a scan may fetch e-ticket keys again. */
  eTicketKeysAllowedInMs: () => number;
}): ReadCode {
  async function openCode(
    { cinemaCode }: Read,
    code: string,
    { now, deadline }: { now: WallClock; deadline: number },
  ): Promise<Genuine | ScanResult> {
    const cinemas = await options.cinemas();
    if (cinemas !== 'all' && !cinemas.includes(cinemaCode)) {
      // A terminal without cinemas has no keys and cannot say that the ticket is another cinema's.
      return { verdict: cinemas.length === 0 ? 'KEYS_UNAVAILABLE' : 'WRONG_CINEMA' };
    }
    const opened = await options.openCode(code, cinemaCode, { now, budgetMs: remaining(deadline) });
    switch (opened.kind) {
      case 'genuine':
        return { code, fields: opened.fields };
      case 'wrong-case':
        return { verdict: 'UNREADABLE', fault: 'caps-lock' };
      case 'keys-pending':
        return { verdict: 'KEYS_PENDING', retryInSeconds: opened.retryInSeconds };
      case 'no-keys':
        return { verdict: 'KEYS_UNAVAILABLE' };
      case 'not-genuine':
        return { verdict: 'NOT_GENUINE' };
    }
  }

  return async (reading, { now, clockTrusted, deadline }) => {
    if (reading.kind === 'unreadable') return { verdict: 'UNREADABLE', fault: reading.fault };
    if (reading.kind === 'code') return openCode(reading, reading.code, { now, deadline });
    const { eTicket } = reading;
    const judged = await options.checkETicket(eTicket, { now, clockTrusted, budgetMs: remaining(deadline) });
    switch (judged.kind) {
      case 'elsewhere':
        return { verdict: 'UNREADABLE', fault: 'e-ticket-elsewhere' };
      case 'keys-pending':
        return { verdict: 'KEYS_PENDING', retryInSeconds: inSeconds(options.eTicketKeysAllowedInMs()) };
      case 'invalid':
        return { verdict: 'NOT_GENUINE', detail: judged.fault };
      case 'good':
        return openCode(reading, eTicket.code, { now, deadline });
      case 'stale': {
        // Decrypted anyway, so that a supervisor may override the refusal.
        const opened = await openCode(reading, eTicket.code, { now, deadline });
        if (!('verdict' in opened)) return { ...opened, stale: judged.fault };
        return judged.fault === 'e-ticket-clock' ? opened : { verdict: 'ETICKET_STALE', detail: judged.fault };
      }
    }
  };
}

const inSeconds = (waitMs: number): number => Math.max(1, Math.ceil(waitMs / 1000));
