import { randomUUID } from 'node:crypto';
import type {
  CinemaCode,
  CinemaKey,
  ClaimReply,
  ListedCheckRecord,
  RecordId,
  RecordOrigin,
  Reversal,
  TicketChange,
  TicketInfo,
  WireCheckRecord,
} from '@ticket-check/protocol';
import { Claims, type TicketKey, ticketKey } from './claims.ts';
import { ETickets } from './e-tickets.ts';

/** What a platform in memory knows and received; a test reads it and changes it. */
export type Ledger = {
  /** The reply to GetPublicKeys for each cinema. */
  readonly keys: Map<CinemaCode, readonly CinemaKey[]>;
  /** The tickets that GetTicketInfo and ClaimTicket know. */
  readonly tickets: Map<TicketKey, TicketInfo>;
  /** Makes a ticket known, with these changes. */
  sell(info: TicketInfo, changes?: Partial<TicketInfo>): void;
  /** Reports that hold one of these FilmTicketCodes are refused, naming it. */
  readonly refused: Set<string>;
  /** Check records in the order in which they came, each as often as it came. */
  records: WireCheckRecord[];
  /** How records that came with a RecordId were made. */
  readonly origins: Map<RecordId, RecordOrigin>;
  /** Compensating records, in the same way. */
  reversals: Reversal[];
  /** What ListCheckRecords says of a record that does not count or was not delivered. */
  readonly states: Map<RecordId, Partial<Omit<ListedCheckRecord, 'record'>>>;
  /** The most records in one list. */
  maxListed: number;
  claims: Claims;
  /** The changes that ListChanges returns, in order; a ticket that is sold as refunded, or again as such, is added. */
  readonly changes: TicketChange[];
  /** What its cursors hold for: another text after a restored backup. */
  changesSince: string;
  /** Its e-tickets, where it speaks `e-tickets`. */
  readonly eTickets: ETickets;
  /** Elements that ClaimTicket answers in place of those that would be true. */
  claimReply: Partial<ClaimReply>;
};

/** What a platform may forget. */
export type Backup = Pick<Ledger, 'records' | 'reversals' | 'claims'>;

export function openLedger(
  now: () => number,
  keys: Iterable<readonly [CinemaCode, readonly CinemaKey[]]> = [],
): Ledger {
  const tickets: Ledger['tickets'] = new Map();
  const changes: TicketChange[] = [];
  return {
    keys: new Map(keys),
    tickets,
    sell(info, changed) {
      const ticket = { ...info, ...changed };
      const before = tickets.get(ticketKey(info));
      tickets.set(ticketKey(info), ticket);
      const { cinemaCode, filmTicketCode, startTime } = ticket;
      if (ticket.refundStatus === 'Yes' && before?.refundStatus !== 'Yes')
        changes.push({ cinemaCode, filmTicketCode, startTime, kind: 'refunded' });
    },
    refused: new Set(),
    records: [],
    origins: new Map(),
    reversals: [],
    states: new Map(),
    maxListed: 1000,
    claims: new Claims(),
    changes,
    changesSince: randomUUID(),
    eTickets: new ETickets(now),
    claimReply: {},
  };
}

export const backUp = ({ records, reversals, claims }: Backup): Backup => ({
  records: [...records],
  reversals: [...reversals],
  claims: claims.copy(),
});
