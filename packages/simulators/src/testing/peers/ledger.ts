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
export type Ledger = ReturnType<typeof openLedger>;

/** What a platform may forget. */
export type Backup = Pick<Ledger, 'records' | 'reversals' | 'claims'>;

export function openLedger(now: () => number, keys: Iterable<readonly [CinemaCode, readonly CinemaKey[]]> = []) {
  const tickets = new Map<TicketKey, TicketInfo>();
  const changes: TicketChange[] = [];
  return {
    /** The reply to GetPublicKeys for each cinema. */
    keys: new Map<CinemaCode, readonly CinemaKey[]>(keys),
    /** The tickets that GetTicketInfo and ClaimTicket know. */
    tickets,
    /** Makes a ticket known, with these changes. */
    sell(info: TicketInfo, changed?: Partial<TicketInfo>): void {
      const ticket = { ...info, ...changed };
      const before = tickets.get(ticketKey(info));
      tickets.set(ticketKey(info), ticket);
      const { cinemaCode, filmTicketCode, startTime } = ticket;
      if (ticket.refundStatus === 'Yes' && before?.refundStatus !== 'Yes')
        changes.push({ cinemaCode, filmTicketCode, startTime, kind: 'refunded' });
    },
    /** Check records in the order in which they came, each as often as it came. */
    records: [] as WireCheckRecord[],
    /** How records that came with a RecordId were made. */
    origins: new Map<RecordId, RecordOrigin>(),
    /** Compensating records, in the same way. */
    reversals: [] as Reversal[],
    /** What ListCheckRecords says of a record that does not count or was not delivered. */
    states: new Map<RecordId, Partial<Omit<ListedCheckRecord, 'record'>>>(),
    /** The most records in one list. */
    maxListed: 1000,
    claims: new Claims(),
    /** The changes that ListChanges returns, in order; a ticket that is sold as refunded, or again as such, is added. */
    changes,
    /** What its cursors hold for: another text after a restored backup. */
    changesSince: randomUUID() as string,
    /** Its e-tickets, where it speaks `e-tickets`. */
    eTickets: new ETickets(now),
    /** Elements that ClaimTicket answers in place of those that would be true. */
    claimReply: {} as Partial<ClaimReply>,
  };
}

export const backUp = ({ records, reversals, claims }: Backup): Backup => ({
  records: [...records],
  reversals: [...reversals],
  claims: claims.copy(),
});
