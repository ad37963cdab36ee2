import { type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  type ClaimReply,
  claimTicketQuery,
  claimTicketReplyJson,
  ProtocolError,
  type TicketClaim,
  type TicketInfo,
  type WallClock,
} from '@ticket-check/protocol';
import type { NationalTickets } from '../ticket-info/national-tickets.ts';
import type { ClaimCounts } from './claim-counts.ts';
import type { ClaimStore } from './claim-store.ts';
import { objectionAbove } from './objection.ts';
import type { ClaimOutcome } from './transition.ts';

type State = TicketInfo | 'unknown-ticket' | null;

/**
 * ClaimTicket for terminals: the ticket's state from the national platform, as far as it answers within the budget, and
 * the claim, in one round trip. An unknown ticket is claimed all the same: what becomes of it is the terminal's policy.
 * After a backup was put back it says when, because entries from before may be forgotten. Readings C2, C3, X1, X4.
 */
export function claimTicketApi(options: {
  national: NationalTickets;
  claims: ClaimStore;
  counts: ClaimCounts;
  /** When the store was last put back to a backup; null where it never was. */
  restoredAt: WallClock | null;
}): SignedApi {
  const { national, claims, counts, restoredAt } = options;

  async function stateOf(claim: TicketClaim): Promise<State> {
    try {
      return await national.ticketInfo(claim);
    } catch (error) {
      if (error instanceof ProtocolError && error.code === 'UPSTREAM_UNAVAILABLE') return null;
      throw error;
    }
  }

  return signedApi({
    name: APIS.claimTicket,
    role: 'platform',
    query: claimTicketQuery,
    cinemasOf: ({ cinemaCode }) => [cinemaCode],
    async handle(claim, call) {
      const state = await stateOf(claim);
      const outcome = await claims.claim({
        ...claim,
        source: call.account.username,
        objection: objectionAbove(state, claim.recordId),
      });
      counts[outcome.kind] += 1;
      if (state === null) counts.stateUnknown += 1;
      return claimTicketReplyJson({ ...replyOf(outcome, state), restoredAt: restoredAt ?? undefined });
    },
  });
}

function replyOf(outcome: ClaimOutcome, state: State): ClaimReply {
  return {
    claimed: outcome.kind === 'claimed',
    stateKnown: state !== null,
    ticket: state,
    entry: outcome.kind === 'entered' ? outcome.entry : null,
    released: outcome.kind === 'released',
    entryPossible: outcome.kind === 'claimed' && outcome.entryPossible,
    sharedCinema: false,
  };
}
