import type { BlockingEntry, TicketInfo, WallClock } from '@ticket-check/protocol';

/** The upstream's answer about a ticket; `silent`: none within the budget. */
export type UpstreamAnswer =
  | { kind: 'silent' }
  | {
      kind: 'answered';
      /** null: it could not find out in time whether the ticket was sold or refunded. */
      ticket: TicketInfo | 'unknown-ticket' | null;
      /** It could not find out now, but a refund was announced before. Reading X9. */
      refunded?: true;
      /** `none`: it excludes nobody, like a plain upstream. Reading C2. */
      claim: 'claimed' | 'taken' | 'none';
      /** The entry that blocks a claim. */
      entry: BlockingEntry | null;
      /** When it was restored from a backup: it may lack earlier entries. Reading X4. */
      restoredAt?: WallClock | undefined;
      /**
       * false: its claim does not exclude every other entry, because one may have been lost, or another platform serves the
       * cinema too.
       */
      excludesOthers: boolean;
      /** Whether the ticket has an e-ticket that was not picked up on paper; missing: unknown. Reading C5. */
      eTicket?: 'live' | 'none';
    };

/** The ticket data in an answer, if any. */
export function infoIn(answer: UpstreamAnswer): TicketInfo | null {
  if (answer.kind === 'silent' || answer.ticket === null || answer.ticket === 'unknown-ticket') return null;
  return answer.ticket;
}

/** The answer without its entries. */
export function withoutEntry(answer: UpstreamAnswer): UpstreamAnswer {
  if (answer.kind === 'silent' || answer.ticket === null || answer.ticket === 'unknown-ticket') return answer;
  return { ...answer, ticket: { ...answer.ticket, checkStatus: 'unknown', entry: undefined } };
}
