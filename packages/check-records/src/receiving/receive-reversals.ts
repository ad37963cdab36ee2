import type { Call } from '@ticket-check/exchange';
import {
  type CinemaCode,
  ERROR_CODES,
  isReversal,
  ProtocolError,
  parseReversal,
  type RecordFault,
  wallClockAt,
} from '@ticket-check/protocol';
import { turn } from '@ticket-check/runtime';
import type { Judged } from '../judging/judge.ts';
import { type JudgingOptions, judgingOf } from '../judging/judging.ts';
import type { Reversals } from '../undo/reversals.ts';

/** What a compensating record does not hold, and what is not compared. */
const NOT_NAMED = { screenCode: '', filmCode: '', sessionCode: '', price: 0, service: 0 } as unknown as Judged;

/** Takes the compensating records of a report, all or none. @throws ProtocolError INVALID_QUERY, KEYS_UNAVAILABLE, OVERLOADED. R9. */
export async function receiveReversals(
  { cinemaCode, checkTickets }: { readonly cinemaCode: CinemaCode; readonly checkTickets: readonly unknown[] },
  call: Call,
  options: JudgingOptions & {
    reversals: Reversals;
    maxEntries: number;
    forward: boolean;
    formerAccounts: readonly string[];
  },
): Promise<readonly RecordFault[]> {
  const { reversals, maxEntries, forward, formerAccounts, now } = options;
  if (!checkTickets.every((raw) => isReversalOf(call, raw))) {
    throw new ProtocolError('INVALID_QUERY', 'compensating records (Reverses) come in a report of their own');
  }
  const { parsed, faults } = await parseEach(checkTickets, (raw) => parseReversal(raw, cinemaCode));
  if (faults.length > 0) return faults;

  const account = call.account.username;
  const judged = parsed.map((reversal): Judged => ({ ...NOT_NAMED, ...reversal }));
  const judgements = await judgingOf(judged, cinemaCode, account, options).judge();
  const found = new Map(
    judgements.flatMap(({ quarantine }, index) => (quarantine === null ? [] : [[index, quarantine] as const])),
  );
  const receivedAt = wallClockAt(now());
  const refused =
    found.size > 0
      ? found
      : await reversals.keep(
          parsed.map((reversal) => ({ ...reversal, account, receivedAt })),
          { maxOfTicket: maxEntries, forward, formerAccounts },
        );
  return [...refused].map(([index, errorCode]) => ({
    index,
    filmTicketCode: parsed[index]?.filmTicketCode ?? '',
    errorCode,
    errorMessage: ERROR_CODES[errorCode].what,
  }));
}

export function holdsReversals(checkTickets: readonly unknown[], call: Call): boolean {
  return checkTickets.some((raw) => isReversalOf(call, raw));
}

function isReversalOf(call: Call, raw: unknown): boolean {
  return isReversal(raw, { extended: call.extended('reverses') });
}

/** In turns with what else the event loop has to do: a thousand records take it some ten milliseconds. */
export async function parseEach<T>(
  raw: readonly unknown[],
  parse: (one: unknown) => T,
): Promise<{ parsed: T[]; faults: RecordFault[] }> {
  const parsed: T[] = [];
  const faults: RecordFault[] = [];
  for (const [index, one] of raw.entries()) {
    const othersHaveHadTheirs = turn();
    if (othersHaveHadTheirs !== undefined) await othersHaveHadTheirs;
    try {
      parsed.push(parse(one));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const { code: errorCode, message: errorMessage } = error;
      const code = Object(one).FilmTicketCode;
      faults.push({ index, filmTicketCode: typeof code === 'string' ? code : '', errorCode, errorMessage });
    }
  }
  return { parsed, faults };
}
