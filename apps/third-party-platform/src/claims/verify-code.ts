import { type JudgingPool, ticketText } from '@ticket-check/check-records';
import type { KeyCache } from '@ticket-check/key-cache';
import {
  type CinemaKey,
  decodeTicketCode,
  decryptionOrder,
  ERROR_CODES,
  type Fen,
  type FilmCode,
  ProtocolError,
  readTicketCode,
  type ScreenCode,
  type SessionCode,
  type TicketIdentity,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Clock, createConcurrencyLimit, within } from '@ticket-check/runtime';
import type { KeyRefresh } from '../public-keys/public-keys.ts';

/** A ticket as a claim names it, and the code that is to prove it. */
type TicketOfCode = TicketIdentity & { readonly ticketInfoCode: string };

/** Refuses what an account says of a ticket that it has not seen. */
export type VerifyCode = (claim: TicketOfCode, username: string) => Promise<void>;

/** `another-ticket`: the code is of another cinema, or a key opens it and it names another ticket than the claim. */
type Comparison = 'same-ticket' | 'another-ticket' | 'unopened';

/** The key in use, and the one before or after it, open nearly every genuine code. */
const TRIED_HERE = 2;
/** One code costs a thread up to 10 ms: a longer queue could not be worked off in time. */
const MAX_OF_AN_ACCOUNT = 64;
const REFUSED = 400;

/**
 * Holds a claim to the code of its ticket: it has to be opened by a key of the cinema, whichever it ever had, and to name
 * the ticket that is claimed. Where no key opens it, newer ones are fetched within the limits of a demand. Otherwise one
 * account could claim every ticket that it can name. Readings C2, K4.
 *
 * The two likeliest keys are tried on the event loop, and all others in the pool, which accounts take turns in and which a
 * claim waits for no longer than `budgetMs` in all. So a code that nothing opens costs its neighbours next to nothing,
 * whatever number of keys its cinema has. Reading T6.
 *
 * @throws ProtocolError CODE_CONTRADICTS_RECORD, CODE_NOT_GENUINE or another of a code (400); KEYS_UNAVAILABLE (503) if newer
 * keys could not be asked for, OVERLOADED (503) if the keys could not be tried in time: neither says anything about the ticket.
 */
export function createVerifyCode(options: {
  keys: Pick<KeyCache, 'keysEver' | 'keysAtHand'>;
  refreshKeys: KeyRefresh;
  pool: Pick<JudgingPool, 'judge'>;
  now: Clock;
  budgetMs: number;
}): VerifyCode {
  const { keys, refreshKeys, pool, now, budgetMs } = options;
  const waiting = createConcurrencyLimit({ perOwner: MAX_OF_AN_ACCOUNT });

  async function judgeInPool(claim: TicketOfCode, username: string, keys: readonly CinemaKey[]): Promise<Comparison> {
    try {
      // Apart from the account's reports, or each would hold up the other.
      const [judgement] = await pool.judge(`claims ${username}`, [judgedPart(claim)], keys);
      if (judgement?.quarantine === 'CODE_CONTRADICTS_RECORD') return 'another-ticket';
      return judgement?.quarantine === null ? 'same-ticket' : 'unopened';
    } catch (error) {
      throw error instanceof ProtocolError && error.code === 'OVERLOADED' ? notInTime() : error;
    }
  }

  /** Tries those of the keys whose `spki` is not among the `tried`, and adds them. */
  async function tryKeys(
    claim: TicketOfCode,
    { username, deadline, tried }: { username: string; deadline: number; tried: Set<string> },
    keys: readonly CinemaKey[],
  ): Promise<Comparison> {
    const { block } = readTicketCode(claim.ticketInfoCode);
    const fitting = keys.filter(({ blockLength, spki }) => blockLength === block.length && !tried.has(spki));
    for (const { spki } of fitting) tried.add(spki);
    const order = decryptionOrder(fitting, wallClockAt(now()));
    try {
      const { fields } = decodeTicketCode(claim.ticketInfoCode, order.slice(0, TRIED_HERE), { diagnose: false });
      return ticketText(fields) === ticketText(claim) ? 'same-ticket' : 'another-ticket';
    } catch (error) {
      if (!(error instanceof ProtocolError && error.code === 'CODE_NOT_GENUINE')) throw error;
    }
    if (order.length <= TRIED_HERE) return 'unopened';
    const judging = waiting.run(username, () => judgeInPool(claim, username, order.slice(TRIED_HERE)));
    if (judging === null) throw notInTime();
    const compared = await within(Math.max(0, deadline - performance.now()), judging);
    if (compared === null) throw notInTime();
    return compared;
  }

  async function compare(claim: TicketOfCode, username: string): Promise<Exclude<Comparison, 'unopened'>> {
    const { cinemaCode } = claim;
    // Said in plain before the block: no key of the claimed cinema needs to be tried, nor a newer one fetched.
    if (readTicketCode(claim.ticketInfoCode).cinemaCode !== cinemaCode) return 'another-ticket';
    const comparing = { username, deadline: performance.now() + budgetMs, tried: new Set<string>() };
    // A code that a key in memory opens costs no look-up.
    const atHand = await tryKeys(claim, comparing, keys.keysAtHand(cinemaCode));
    if (atHand !== 'unopened') return atHand;
    const known = await tryKeys(claim, comparing, await keys.keysEver(cinemaCode));
    if (known !== 'unopened') return known;
    const refresh = await refreshKeys(cinemaCode);
    const newer = await tryKeys(claim, comparing, await keys.keysEver(cinemaCode));
    if (newer !== 'unopened') return newer;
    if (refresh === 'refreshed') {
      throw new ProtocolError(
        'CODE_NOT_GENUINE',
        'No public key of the cinema opens the TicketInfoCode of this claim.',
      );
    }
    const why =
      refresh === 'not-served'
        ? 'and the cinema is not served here, so none are fetched: have it added (cinema add), then try again.'
        : 'and newer ones could not be asked for; try again.';
    throw new ProtocolError(
      'KEYS_UNAVAILABLE',
      `No known key of cinema ${cinemaCode} opens the TicketInfoCode, ${why}`,
    );
  }

  return async (claim, username) => {
    if ((await compare(claim, username)) === 'same-ticket') return;
    const { what } = ERROR_CODES.CODE_CONTRADICTS_RECORD;
    throw new ProtocolError('CODE_CONTRADICTS_RECORD', what, undefined, REFUSED);
  };
}

/** A claim as the pool takes it: other elements of a record are not compared here, and CheckTime counts once it is reported. */
function judgedPart({ ticketInfoCode, cinemaCode, filmTicketCode, startTime }: TicketOfCode) {
  return { ticketInfoCode, cinemaCode, filmTicketCode, startTime, checkTime: startTime, ...NOT_SAID };
}

const NOT_SAID = {
  screenCode: '' as ScreenCode,
  filmCode: '' as FilmCode,
  sessionCode: '' as SessionCode,
  price: 0 as Fen,
  service: 0 as Fen,
};

function notInTime(): ProtocolError {
  return new ProtocolError(
    'OVERLOADED',
    'The TicketInfoCode of this claim could not be compared with every key of the cinema in time; claim again later.',
  );
}
