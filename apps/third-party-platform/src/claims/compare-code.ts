import type { JudgingPool } from '@ticket-check/check-records';
import {
  type CinemaKey,
  decodeTicketCode,
  decryptionOrder,
  type Fen,
  type FilmCode,
  ProtocolError,
  readTicketCode,
  type ScreenCode,
  type SessionCode,
  type TicketCodeFields,
  type TicketIdentity,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Clock, createConcurrencyLimit, within } from '@ticket-check/runtime';

/** A ticket as a claim names it, and the code that is to prove it. */
export type TicketOfCode = TicketIdentity & { readonly ticketInfoCode: string };

/** `another-ticket`: the code is of another cinema, or a key opens it and it names another ticket than the claim. */
export type Comparison = 'same-ticket' | 'another-ticket' | 'unopened';

/** One claim while its code is compared with keys. */
type ClaimComparison = {
  /**
   * Tries those of the keys that this claim has not been compared with yet.
   * @throws ProtocolError CODE_LENGTH, CODE_ALPHABET, CODE_BASE64 or CODE_FIELD of the code (400); OVERLOADED (503) if
   * other work keeps the keys from being tried in time.
   */
  tryKeys(keys: readonly CinemaKey[]): Promise<Comparison>;
};

export type CompareCode = (claim: TicketOfCode, username: string) => ClaimComparison;

/** The key in use, and the one before or after it, open nearly every genuine code. */
const TRIED_HERE = 2;
/** One code costs a thread up to 10 ms: a longer queue could not be worked off in time. */
const MAX_OF_AN_ACCOUNT = 64;

/**
 * Compares the codes of claims with their cinemas' keys: with the two likeliest on the event loop, and with all others in
 * the pool, which accounts take turns in and which a claim waits for no longer than `budgetMs` in all. So a code that
 * nothing opens costs its neighbours next to nothing, whatever number of keys its cinema has. Readings T6, K4.
 */
export function createCompareCode(options: {
  pool: Pick<JudgingPool, 'judge'>;
  now: Clock;
  /** Milliseconds. */
  budgetMs: number;
}): CompareCode {
  const { pool, now, budgetMs } = options;
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

  return (claim, username) => {
    const deadline = performance.now() + budgetMs;
    const tried = new Set<string>();
    return {
      async tryKeys(keys) {
        const { cinemaCode, block } = readTicketCode(claim.ticketInfoCode);
        // Said in plain before the block: no key of the claimed cinema needs to be tried, nor a newer one fetched.
        if (cinemaCode !== claim.cinemaCode) return 'another-ticket';
        const fitting = keys.filter(({ blockLength, spki }) => blockLength === block.length && !tried.has(spki));
        for (const { spki } of fitting) tried.add(spki);
        const order = decryptionOrder(fitting, wallClockAt(now()));
        const fields = open(claim.ticketInfoCode, order.slice(0, TRIED_HERE));
        if (fields !== null) return isSameTicket(fields, claim) ? 'same-ticket' : 'another-ticket';
        if (order.length <= TRIED_HERE) return 'unopened';
        const judging = waiting.run(username, () => judgeInPool(claim, username, order.slice(TRIED_HERE)));
        if (judging === null) throw notInTime();
        const compared = await within(Math.max(0, deadline - performance.now()), judging);
        if (compared === null) throw notInTime();
        return compared;
      },
    };
  };
}

function open(code: string, keys: readonly CinemaKey[]): TicketCodeFields | null {
  try {
    return decodeTicketCode(code, keys, { diagnose: false }).fields;
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'CODE_NOT_GENUINE') return null;
    throw error;
  }
}

function isSameTicket(fields: TicketCodeFields, claim: TicketOfCode): boolean {
  return (
    fields.cinemaCode === claim.cinemaCode &&
    fields.filmTicketCode === claim.filmTicketCode &&
    fields.startTime === claim.startTime
  );
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
