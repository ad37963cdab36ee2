import type { KeyCache, RefreshResult } from '@ticket-check/key-cache';
import {
  type CinemaCode,
  decodeTicketCode,
  decryptionOrder,
  ProtocolError,
  type RecordId,
  type TicketCodeFields,
  unixSecondsOf,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Circumstances, judgeTicket } from '../admission/rules.ts';
import type { ClockReading } from '../clock/terminal-clock.ts';
import type { TerminalSettings } from '../config.ts';
import type { Core } from '../core.ts';
import type { ETicketKeyCache } from '../e-tickets/e-ticket-keys.ts';
import { createCheckETicket, E_TICKET_OBJECTIONS, type ETicketObjection } from '../e-tickets/judge-e-ticket.ts';
import { findPassOut } from '../journal/pass-outs.ts';
import type { ShownETicket } from '../journal/scan.ts';
import { passOutIn, readScanText, type ScanReading } from '../scanner/reading/scan-text.ts';
import { remaining } from '../upstream/ask-upstream.ts';
import type { ScanResult } from './scan-result.ts';

/** A code that was decrypted with a key of its cinema. */
export type Genuine = { readonly code: string; readonly fields: TicketCodeFields };

/** What a scan shows, at which time. */
type Shown = {
  readonly clock: ClockReading;
  /** Made just after the clock was read: RecordIds bound the search for scans of a time. */
  readonly recordId: RecordId;
  readonly eTicket: ShownETicket | null;
  /** The entry of a guest who comes back with a pass-out. */
  readonly replaces: RecordId | undefined;
} & (
  | { readonly genuine: Genuine; readonly refused: null }
  /** Refused without asking anybody; a supervisor may override it if it is genuine. */
  | { readonly genuine: Genuine; readonly refused: ScanResult }
  | { readonly genuine: null; readonly refused: ScanResult }
);

export type ReadCode = ReturnType<typeof createReadCode>;

/** When a code is read, by which clock, and until when it may ask for keys. */
type At = { now: WallClock; clockTrusted: boolean; deadline: number };

/**
 * Reads the genuine code in a scanned text, and judges its ticket by clock, time and screen. A code is decrypted with the cinema's
 * keys: started ones newest first, then announced ones. If none fits, the keys are fetched within the budget and tried again; only keys
 * fetched for this scan can prove a code not genuine. Scheme 5.1.5, 5.2.1; readings T6, T8, K3, K4.
 */
export function createReadCode(
  parts: Core & {
    newRecordId: () => RecordId;
    settings: Pick<TerminalSettings, 'ADMIT_BEFORE_MINUTES' | 'ADMIT_AFTER_MINUTES' | 'PASS_OUTS'>;
    keys: KeyCache;
    eTicketKeys: ETicketKeyCache;
  },
) {
  const { store, settings, keys, eTicketKeys } = parts;
  const { breaker } = parts.connection;
  const window = { minutesBefore: settings.ADMIT_BEFORE_MINUTES, minutesAfter: settings.ADMIT_AFTER_MINUTES };
  const checkETicket = createCheckETicket(eTicketKeys);

  /** null: no key fits. */
  async function tryKeys(code: string, cinemaCode: CinemaCode, now: WallClock): Promise<Genuine | ScanResult | null> {
    const inOrder = decryptionOrder(await keys.keys(cinemaCode), now);
    try {
      return { code, fields: decodeTicketCode(code, inOrder).fields };
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
    const cinemas = await parts.cinemas.served();
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

  async function openETicket(
    { eTicket, cinemaCode }: ScanReading & { kind: 'e-ticket' },
    at: At,
  ): Promise<(Genuine & { stale?: ETicketObjection }) | ScanResult> {
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
  }

  return async (text: string, screens: Circumstances['screens'], deadline: number): Promise<Shown> => {
    const passOut = settings.PASS_OUTS === 'on' ? passOutIn(text) : null;
    const back = passOut === null ? null : await findPassOut(store.db, passOut);
    const reading = readScanText(back?.ticketInfoCode ?? text);
    const [clock, recordId] = [parts.clock.read(), parts.newRecordId()];
    const { at: now, trusted, stoodBack } = clock;
    const at = { now, clockTrusted: trusted && !stoodBack, deadline };
    const shown = { clock, recordId, eTicket: shownIn(reading, now), replaces: back?.entry };
    if (reading.kind === 'unreadable')
      return { ...shown, genuine: null, refused: { verdict: 'UNREADABLE', fault: reading.fault } };
    const opened =
      reading.kind === 'code' ? await openCode(reading.code, reading.cinemaCode, at) : await openETicket(reading, at);
    if ('verdict' in opened) return { ...shown, genuine: null, refused: opened };
    const { stale: detail, ...genuine }: Genuine & { stale?: ETicketObjection } = opened;
    const { fields: ticket } = genuine;
    if (detail !== undefined) {
      return { ...shown, genuine, refused: { verdict: E_TICKET_OBJECTIONS[detail], ticket, detail } };
    }
    const invalid = judgeTicket(ticket, { now, clockTrusted: !stoodBack, window, screens });
    return invalid === null
      ? { ...shown, genuine, refused: null }
      : { ...shown, genuine, refused: { verdict: invalid, ticket } };
  };
}

/** The last second that can be written; later times are shown as this. */
const LAST_SECOND = 253_402_271_999;

function shownIn(reading: ScanReading, now: WallClock): ShownETicket | null {
  if (reading.kind !== 'e-ticket') return null;
  const { time } = reading.eTicket;
  return { time: wallClockAt(Math.min(time, LAST_SECOND) * 1000), ageSeconds: unixSecondsOf(now) - time };
}

const inSeconds = (waitMs: number): number => Math.max(1, Math.ceil(waitMs / 1000));
