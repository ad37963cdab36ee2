import { type CinemaCode, type CinemaKey, ERROR_CODES, epochOf, ProtocolError } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { KeyRefresh } from '../public-keys/key-refresh.ts';
import type { CompareCode, Comparison, TicketOfCode } from './compare-code.ts';

/** Refuses a claim of an account on a ticket that it has not seen. */
export type VerifyCode = (claim: TicketOfCode, username: string) => Promise<void>;

const REFUSED = 400;

/**
 * Holds a claim to the code of its ticket: it has to be opened by a key of the cinema, whichever it ever had, and to name
 * the ticket that is claimed, whose session lies within `windowMs` of the clock. Where no key opens it, newer ones are
 * fetched within the limits of a demand. Otherwise one account could claim every ticket that it can name. Readings C2, K4.
 *
 * @throws ProtocolError START_TIME_OUT_OF_RANGE, CODE_CONTRADICTS_RECORD, CODE_NOT_GENUINE or another of a code (400);
 * KEYS_UNAVAILABLE (503) if newer keys could not be asked for, OVERLOADED (503) if the keys could not be tried in
 * time: neither says anything about the ticket.
 */
export function createVerifyCode(options: {
  /** Every key that a cinema ever had. */
  keysEver: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>;
  /** Those of them that are in memory; a code that one of them opens costs no look-up. */
  keysAtHand: (cinemaCode: CinemaCode) => readonly CinemaKey[];
  refreshKeys: KeyRefresh;
  compareCode: CompareCode;
  now: Clock;
  /** How far the StartTime of a claimed ticket may be from the clock, in milliseconds. */
  windowMs: number;
}): VerifyCode {
  const { keysEver, keysAtHand, refreshKeys, compareCode, now, windowMs } = options;

  async function compare(claim: TicketOfCode, username: string): Promise<Exclude<Comparison, 'unopened'>> {
    const { cinemaCode } = claim;
    const { tryKeys } = compareCode(claim, username);
    const atHand = await tryKeys(keysAtHand(cinemaCode));
    if (atHand !== 'unopened') return atHand;
    const known = await tryKeys(await keysEver(cinemaCode));
    if (known !== 'unopened') return known;
    const refresh = await refreshKeys(cinemaCode);
    const newer = await tryKeys(await keysEver(cinemaCode));
    if (newer !== 'unopened') return newer;
    if (refresh === 'refreshed') {
      throw new ProtocolError(
        'CODE_NOT_GENUINE',
        'No public key of the cinema opens the TicketInfoCode of this claim.',
      );
    }
    // Whether a newer key exists is left open.
    throw new ProtocolError(
      'KEYS_UNAVAILABLE',
      `No known key of cinema ${cinemaCode} opens the TicketInfoCode, and newer ones could not be asked for; try again.`,
    );
  }

  return async (claim, username) => {
    if (Math.abs(epochOf(claim.startTime) - now()) > windowMs) {
      throw new ProtocolError(
        'START_TIME_OUT_OF_RANGE',
        `StartTime is more than ${windowMs / 3_600_000} hours from this platform's clock: nobody can be admitted now.`,
      );
    }
    if ((await compare(claim, username)) === 'same-ticket') return;
    const { what } = ERROR_CODES.CODE_CONTRADICTS_RECORD;
    throw new ProtocolError('CODE_CONTRADICTS_RECORD', what, undefined, REFUSED);
  };
}
