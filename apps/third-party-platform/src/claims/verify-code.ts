import {
  type CinemaCode,
  type CinemaKey,
  decodeTicketCode,
  decryptionOrder,
  ERROR_CODES,
  epochOf,
  ProtocolError,
  type TicketClaim,
  type TicketCodeFields,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { KeyRefresh } from '../public-keys/key-refresh.ts';

/** Refuses a claim on a ticket that its sender has not seen. */
export type VerifyCode = (claim: TicketClaim) => Promise<void>;

const REFUSED = 400;

/**
 * Holds a claim to the code of its ticket: it has to be opened by a key of the cinema, whichever it ever had, and to name
 * the ticket that is claimed, whose session lies within `windowMs` of the clock. Where no key opens it, newer ones are
 * fetched within the limits of a demand. Otherwise one account could claim every ticket that it can name. Readings C2, K4.
 *
 * @throws ProtocolError START_TIME_OUT_OF_RANGE, CODE_CONTRADICTS_RECORD, CODE_NOT_GENUINE or another of a code (400);
 * KEYS_UNAVAILABLE (503) where newer keys could not be asked for.
 */
export function createVerifyCode(options: {
  /** Every key that a cinema ever had. */
  keysEver: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>;
  refreshKeys: KeyRefresh;
  now: Clock;
  /** How far the StartTime of a claimed ticket may be from the clock, in milliseconds. */
  windowMs: number;
}): VerifyCode {
  const { keysEver, refreshKeys, now, windowMs } = options;

  async function open({ ticketInfoCode, cinemaCode }: TicketClaim): Promise<TicketCodeFields> {
    const known = await keysEver(cinemaCode);
    const opened = openWith(known);
    if (opened !== null) return opened;
    const refresh = await refreshKeys(cinemaCode);
    const newer = openWith(await keysEver(cinemaCode));
    if (newer !== null) return newer; // Anything else leaves open whether a newer key exists.
    if (refresh === 'refreshed') {
      throw new ProtocolError(
        'CODE_NOT_GENUINE',
        'No public key of the cinema opens the TicketInfoCode of this claim.',
      );
    }
    throw new ProtocolError(
      'KEYS_UNAVAILABLE',
      `No known key of cinema ${cinemaCode} opens the TicketInfoCode, and newer ones could not be asked for; try again.`,
    );

    function openWith(keys: readonly CinemaKey[]): TicketCodeFields | null {
      try {
        return decodeTicketCode(ticketInfoCode, decryptionOrder(keys, wallClockAt(now()))).fields;
      } catch (error) {
        if (error instanceof ProtocolError && error.code === 'CODE_NOT_GENUINE') return null;
        throw error;
      }
    }
  }

  return async (claim) => {
    if (Math.abs(epochOf(claim.startTime) - now()) > windowMs) {
      throw new ProtocolError(
        'START_TIME_OUT_OF_RANGE',
        `StartTime is more than ${windowMs / 3_600_000} hours from this platform's clock: nobody can be admitted now.`,
      );
    }
    const { cinemaCode, filmTicketCode, startTime } = await open(claim);
    const isSameTicket =
      cinemaCode === claim.cinemaCode && filmTicketCode === claim.filmTicketCode && startTime === claim.startTime;
    if (isSameTicket) return;
    const { what } = ERROR_CODES.CODE_CONTRADICTS_RECORD;
    throw new ProtocolError('CODE_CONTRADICTS_RECORD', what, undefined, REFUSED);
  };
}
