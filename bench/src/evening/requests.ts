import { APIS, getTicketInfoQueryJson, parseRecordId, type RecordId, type TicketRow } from '@ticket-check/protocol';
import { uuidv7 } from 'uuidv7';
import type { Platforms } from '../platforms.ts';
import { CINEMA, claimQueryOf, recordJson } from '../tickets.ts';

/** Who asks: terminals at the gates, and those that report what they kept while the line was down. */
export const ACCOUNTS = ['gates', 'reporters'] as const;

export interface Prepared {
  /** Somebody at a gate waits for a claim, and for a scan at a terminal, which claims. */
  kind: 'claim' | 'scan' | 'other';
  bytes: Buffer;
}

/** A Saturday evening: of 20 requests 12 claims, 5 reports, 2 questions, 1 for keys. */
const EVENING = 'CCRCQCCRCCRCCRCQCRCK';

type Entry = readonly [TicketRow, RecordId];

/** Makes requests of terminals and signs them; they have to be sent within five minutes. No two are of the same ticket, but for a claim and its entry. */
export function requestMaker(platforms: Pick<Platforms, 'ukey' | 'tickets' | 'signed' | 'codes'>) {
  const { ukey, tickets, signed } = platforms;
  let taken = 0;
  const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

  function nextTicket(): TicketRow {
    const ticket = tickets[taken++];
    if (ticket === undefined) throw new Error(`more than the ${tickets.length} tickets that were sold are needed`);
    return ticket;
  }
  const nextEntry = (): Entry => [nextTicket(), parseRecordId(uuidv7())];

  const claim = ([ticket, recordId]: Entry): Prepared => ({
    kind: 'claim',
    bytes: signed('gates', APIS.claimTicket, claimQueryOf(ticket, recordId, ukey.privateKey)),
  });
  const other = (...asked: Parameters<typeof signed>): Prepared => ({ kind: 'other', bytes: signed(...asked) });
  const question = () => other('gates', APIS.getTicketInfo, getTicketInfoQueryJson(nextTicket()));

  function report(account: string, entries: readonly Entry[]): Prepared {
    const CheckTickets = entries.map(([ticket, recordId]) => recordJson(ticket, ukey.privateKey, recordId));
    return other(account, APIS.reportOriginalCheckTickets, { CinemaCode: CINEMA, CheckTickets });
  }

  return {
    claims: (count: number): Prepared[] => times(count, () => claim(nextEntry())),
    questions: (count: number): Prepared[] => times(count, question),
    codes: (count: number): string[] => platforms.codes(times(count, nextTicket)),

    /** Reports of this many records each, alternating between two accounts, since one may have 24 large requests under way. */
    reports: (count: number, records = 1): Prepared[] =>
      times(count, (index) => report(ACCOUNTS[index % ACCOUNTS.length] ?? 'gates', times(records, nextEntry))),

    /** The mix of a Saturday evening. Of the reports every other one is of a ticket that was claimed a while before. */
    evening(count: number): Prepared[] {
      const claimed: Entry[] = [];
      let reports = 0;
      const make: Record<string, () => Prepared> = {
        C() {
          const entry = nextEntry();
          claimed.push(entry);
          return claim(entry);
        },
        R: () => report('gates', [(reports++ % 2 === 0 ? claimed.shift() : undefined) ?? nextEntry()]),
        Q: question,
        K: () => other('gates', APIS.getPublicKeys, { CinemaCode: CINEMA }),
      };
      return times(count, (index) => make[EVENING.charAt(index % EVENING.length)]?.() ?? question());
    },
  };
}

export type RequestMaker = ReturnType<typeof requestMaker>;
