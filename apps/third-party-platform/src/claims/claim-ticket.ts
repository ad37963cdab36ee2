import { type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  type ClaimEntry,
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
import { type ClaimOutcome, earliest, firstOf, objectionAbove, standingOf } from './claim-rule.ts';
import type { ClaimStore } from './claim-store.ts';

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

  async function decide(claim: TicketClaim, state: State, source: string): Promise<ClaimOutcome> {
    const objection = objectionAbove(state, claim.recordId);
    if (objection === null) return claims.claim({ ...claim, source });
    if (objection === 'refunded') return { kind: 'refunded' };
    const known = await claims.known(claim);
    // A plain platform says Yes without saying whose entry it is; it may be the very record that was sent on from here.
    const isOwn = objection.entry === null && known.records.some(({ recordId }) => recordId === claim.recordId);
    const standing = isOwn ? standingOf(known, claim.recordId) : null;
    if (standing !== null) return standing;
    return { kind: 'entered', entry: earliestOf(objection.entry, firstOf(known, claim.recordId)) };
  }

  return signedApi({
    name: APIS.claimTicket,
    role: 'platform',
    query: claimTicketQuery,
    cinemasOf: ({ cinemaCode }) => [cinemaCode],
    async handle(claim, call) {
      const state = await stateOf(claim);
      const outcome = await decide(claim, state, call.account.username);
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
    entryPossible: false,
    sharedCinema: false,
  };
}

/** Of the same entry known on both sides, ours, which may name the gate. */
function earliestOf(above: ClaimEntry | null, here: ClaimEntry | null): ClaimEntry | null {
  return earliest([here, above].filter((entry) => entry !== null));
}
