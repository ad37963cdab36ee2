import type { CinemaCode, TicketCodeFields, WallClock } from '@ticket-check/protocol';
import type { OpenCode } from '../public-keys/open-code.ts';
import { readScanText } from '../scanner/reading/scan-text.ts';
import type { ScanResult } from './scan-result.ts';

/** A code that a key of its cinema opened. */
export type Genuine = { readonly code: string; readonly fields: TicketCodeFields };

/** The code in a scanned text once it is known to be genuine, or why it is not. */
export type ReadCode = (text: string, at: { now: WallClock; budgetMs: number }) => Promise<Genuine | ScanResult>;

export function createReadCode(options: {
  /** The cinemas that this terminal serves. */
  cinemas: () => Promise<readonly CinemaCode[] | 'all'>;
  openCode: OpenCode;
}): ReadCode {
  return async (text, at) => {
    const reading = readScanText(text);
    if (reading.kind === 'unreadable') return { verdict: 'UNREADABLE', fault: reading.fault };
    // No e-ticket is checked here yet.
    if (reading.kind === 'e-ticket') return { verdict: 'UNREADABLE', fault: 'e-ticket-elsewhere' };
    const { code, cinemaCode } = reading;
    const cinemas = await options.cinemas();
    if (cinemas !== 'all' && !cinemas.includes(cinemaCode)) {
      // A terminal that was never told its cinema has no keys; it cannot call the ticket another cinema's.
      return { verdict: cinemas.length === 0 ? 'KEYS_UNAVAILABLE' : 'WRONG_CINEMA' };
    }
    const opened = await options.openCode(code, cinemaCode, at);
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
  };
}
