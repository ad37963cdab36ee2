import type {
  CinemaCode,
  CinemaKey,
  ClaimReply,
  ListedCheckRecord,
  RecordId,
  Reversal,
  TicketInfo,
  WireCheckRecord,
} from '@ticket-check/protocol';
import { Claims } from './claims.ts';
import { type TicketKey, ticketKey } from './ticket-key.ts';

/** What a platform in memory knows and was told; a test looks at it and changes it. */
export type Ledger = {
  /** What GetPublicKeys answers for each cinema. */
  readonly keys: Map<CinemaCode, readonly CinemaKey[]>;
  /** The tickets that GetTicketInfo and ClaimTicket know. */
  readonly tickets: Map<TicketKey, TicketInfo>;
  /** Makes a ticket known, with these changes. */
  sell(info: TicketInfo, changes?: Partial<TicketInfo>): void;
  /** Reports that hold one of these FilmTicketCodes are refused, naming it. */
  readonly refused: Set<string>;
  /** Check records in the order in which they came, each as often as it came. */
  records: WireCheckRecord[];
  /** Compensating records, in the same way. */
  reversals: Reversal[];
  /** What ListCheckRecords says of a record, where it is not that it counts and was delivered. */
  readonly states: Map<RecordId, Partial<Omit<ListedCheckRecord, 'record'>>>;
  /** So many records at most are listed at a time. */
  maxListed: number;
  claims: Claims;
  /** Elements that ClaimTicket answers in place of those that would be true. */
  claimReply: Partial<ClaimReply>;
};

/** What a platform may forget. */
export type Backup = Pick<Ledger, 'records' | 'reversals' | 'claims'>;

export function openLedger(keys: Iterable<readonly [CinemaCode, readonly CinemaKey[]]> = []): Ledger {
  const tickets: Ledger['tickets'] = new Map();
  return {
    keys: new Map(keys),
    tickets,
    sell: (info, changes) => void tickets.set(ticketKey(info), { ...info, ...changes }),
    refused: new Set(),
    records: [],
    reversals: [],
    states: new Map(),
    maxListed: 1000,
    claims: new Claims(),
    claimReply: {},
  };
}

export const backUp = ({ records, reversals, claims }: Backup): Backup => ({
  records: [...records],
  reversals: [...reversals],
  claims: claims.copy(),
});
