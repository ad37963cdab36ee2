import type { BlockingEntry, TicketInfo, WallClock } from '@ticket-check/protocol';

/** What the upstream said of a ticket; `silent` when it did not answer within the budget. */
export type UpstreamAnswer =
  | { kind: 'silent' }
  | {
      kind: 'answered';
      /** null: it could not find out in time whether the ticket was sold or refunded. */
      ticket: TicketInfo | 'unknown-ticket' | null;
      /** It could not find out now, but was told before that the ticket was refunded. Reading X9. */
      refunded?: true;
      /** `none`: it excludes nobody, as a plain upstream. Reading C2. */
      claim: 'claimed' | 'taken' | 'none';
      /** The entry that stands in the way of a claim. */
      entry: BlockingEntry | null;
      /** When it was restored from a backup: it may have forgotten entries from before. Reading X4. */
      restoredAt?: WallClock | undefined;
      /**
       * false: its claim does not exclude every other entry, because one on this ticket may have been lost, or another
       * platform serves the cinema too.
       */
      excludesOthers: boolean;
      /** Whether the ticket has an e-ticket that was not picked up on paper; missing where it does not say. Reading C5. */
      eTicket?: 'live' | 'none';
    };

/** What the upstream told of the ticket, where it told anything. */
export function infoIn(answer: UpstreamAnswer): TicketInfo | null {
  if (answer.kind === 'silent' || answer.ticket === null || answer.ticket === 'unknown-ticket') return null;
  return answer.ticket;
}

/** The same without what it says of entries. */
export function withoutEntry(answer: UpstreamAnswer): UpstreamAnswer {
  if (answer.kind === 'silent' || answer.ticket === null || answer.ticket === 'unknown-ticket') return answer;
  return { ...answer, ticket: { ...answer.ticket, checkStatus: 'unknown', entry: undefined } };
}
