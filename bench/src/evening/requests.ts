import { APIS, getTicketInfoQueryJson, parseRecordId, type RecordId, type TicketRow } from '@ticket-check/protocol';
import { uuidv7 } from 'uuidv7';
import type { Platforms } from '../platforms.ts';
import { CINEMA, claimQueryOf, codeOf, extendedRecord } from '../tickets.ts';

/** Who asks: terminals at the gates, and those that report what they kept while the line was down. */
export const ACCOUNTS = ['gates', 'reporters'] as const;
type Account = (typeof ACCOUNTS)[number];

/** A request that is ready to be sent. */
export interface Prepared {
  /** Somebody at a gate waits for a claim, and for a scan at a terminal, which claims. */
  kind: 'claim' | 'scan' | 'other';
  bytes: Buffer;
}

/** A Saturday evening: of 20 requests 12 claims, 5 reports, 2 questions, 1 for keys. */
const EVENING = 'CCRCQCCRCCRCCRCQCRCK';

/**
 * Makes requests of terminals and signs them, so that nothing but sending is left: they have to be sent within five minutes.
 * No two questions, claims and entries are of the same ticket, but for a claim and the entry that follows it.
 */
export function requestMaker(platforms: Pick<Platforms<Account>, 'ukey' | 'tickets' | 'signed'>) {
  const { ukey, tickets, signed } = platforms;
  let taken = 0;

  function nextTicket(): TicketRow {
    const ticket = tickets[taken++];
    if (ticket === undefined) throw new Error(`more than the ${tickets.length} tickets that were sold are needed`);
    return ticket;
  }
  const nextId = (): RecordId => parseRecordId(uuidv7());

  const claim = (ticket: TicketRow, recordId: RecordId): Prepared => ({
    kind: 'claim',
    bytes: signed('gates', APIS.claimTicket, claimQueryOf(ticket, recordId, ukey.privateKey)),
  });

  function report(account: Account, entries: readonly (readonly [TicketRow, RecordId])[]): Prepared {
    const CheckTickets = entries.map(([ticket, recordId]) => extendedRecord(ticket, ukey.privateKey, recordId));
    const bytes = signed(account, APIS.reportOriginalCheckTickets, { CinemaCode: CINEMA, CheckTickets });
    return { kind: 'other', bytes };
  }

  const other = (api: string, query: unknown): Prepared => ({ kind: 'other', bytes: signed('gates', api, query) });
  const question = () => other(APIS.getTicketInfo, getTicketInfoQueryJson(nextTicket()));
  const keys = () => other(APIS.getPublicKeys, { CinemaCode: CINEMA });

  const oneClaim = (): Prepared => claim(nextTicket(), nextId());

  return {
    claims: (count: number): Prepared[] => Array.from({ length: count }, oneClaim),
    questions: (count: number): Prepared[] => Array.from({ length: count }, question),
    /** Codes of this many tickets, as they are scanned. */
    codes: (count: number): string[] => Array.from({ length: count }, () => codeOf(nextTicket(), ukey.privateKey)),

    /** Reports of this many records each, alternating between two accounts, since one may have 24 large requests under way. */
    reports: (count: number, records: number): Prepared[] =>
      Array.from({ length: count }, (_, index) => {
        const entries = Array.from({ length: records }, () => [nextTicket(), nextId()] as const);
        return report(ACCOUNTS[index % ACCOUNTS.length] ?? 'gates', entries);
      }),

    /** The mix of a Saturday evening. Of the reports every other one is of a ticket that was claimed a while before. */
    evening(count: number): Prepared[] {
      const claimed: (readonly [TicketRow, RecordId])[] = [];
      let reports = 0;
      return Array.from({ length: count }, (_, index) => {
        switch (EVENING[index % EVENING.length]) {
          case 'C': {
            const entry = [nextTicket(), nextId()] as const;
            claimed.push(entry);
            return claim(...entry);
          }
          case 'R': {
            const entry = reports++ % 2 === 0 ? claimed.shift() : undefined;
            return report('gates', [entry ?? [nextTicket(), nextId()]]);
          }
          case 'Q':
            return question();
          default:
            return keys();
        }
      });
    },
  };
}

export type RequestMaker = ReturnType<typeof requestMaker>;
