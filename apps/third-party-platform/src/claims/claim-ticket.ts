import { type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  claimTicketQuery,
  claimTicketReplyJson,
  ProtocolError,
  type TicketClaim,
  type TicketIdentity,
  type WallClock,
} from '@ticket-check/protocol';
import type { SharedCinemas } from '../cinemas/shared-cinemas.ts';
import type { NationalAnswer, NationalTickets } from '../upstream/national-tickets.ts';
import type { DescribeEntry } from './blocking-entry.ts';
import { type ClaimCounts, countingRefusals } from './claim-counts.ts';
import type { ClaimLimits } from './claim-limits.ts';
import type { ClaimStore } from './claim-store.ts';
import { objectionAbove } from './objection.ts';
import type { VerifyCode } from './verify-code.ts';

/** The national platform did not answer, or could not be asked, in time. */
const SILENT = { info: null, shared: null } as const;
const UNANSWERED: ReadonlySet<string> = new Set(['UPSTREAM_UNAVAILABLE', 'OVERLOADED']);

/** Whether the national platform says now that the ticket was refunded, or that it was not. */
function saysWhetherRefunded(info: NationalAnswer['info'] | null): boolean {
  return info !== null && info !== 'unknown-ticket' && info.refundStatus !== 'unknown';
}

/** Removes an entry that was undone here without the national platform knowing. Reading R9. */
function withoutEntry(info: NationalAnswer['info'] | null): NationalAnswer['info'] | null {
  if (info === null || info === 'unknown-ticket') return info;
  const { entry: _, ...ticket } = info;
  return { ...ticket, checkStatus: 'No' };
}

/**
 * ClaimTicket for terminals: the claim and, as far as the national platform answers within the budget, the ticket's state, in one
 * round trip. An unknown ticket is claimed too: the terminal's policy decides about it. A refund known from before counts if the
 * national platform does not answer now. The reply says if a claim does not exclude every other entry. Readings C2, C3, X1, X4,
 * X9.
 */
export function claimTicketApi(options: {
  national: NationalTickets;
  claims: ClaimStore;
  counts: ClaimCounts;
  limits: ClaimLimits;
  verifyCode: VerifyCode;
  sharedCinemas: SharedCinemas;
  /** When the data were last restored from a backup; null if they never were. */
  restoredAt: () => WallClock | null;
  hasLiveETicket: (ticket: TicketIdentity) => Promise<boolean>;
  describeEntry: DescribeEntry;
  /** Whether the national platform ever said that the ticket was refunded. Reading X9. */
  isRefunded: (ticket: TicketIdentity) => Promise<boolean>;
}): SignedApi {
  const { national, claims, counts, limits, verifyCode, sharedCinemas, restoredAt } = options;
  const { hasLiveETicket, isRefunded, describeEntry } = options;

  async function ask(claim: TicketClaim): Promise<NationalAnswer | typeof SILENT> {
    try {
      return await national.ask(claim, 'claim');
    } catch (error) {
      if (error instanceof ProtocolError && UNANSWERED.has(error.code)) return SILENT;
      throw error;
    }
  }

  return signedApi({
    name: APIS.claimTicket,
    role: 'platform',
    priority: 'claim',
    query: claimTicketQuery,
    cinemasOf: ({ cinemaCode }) => [cinemaCode],
    async handle(claim, call) {
      const { username } = call.account;
      await countingRefusals(counts, async () => {
        limits.spend('claim', username, call.signed.datetime, () =>
          call.log.error({ username }, 'refused claims of an account beyond CLAIMS_PER_MINUTE'),
        );
        await verifyCode(claim, username);
      });
      const [{ info, shared }, isETicketLive] = await Promise.all([ask(claim), hasLiveETicket(claim)]);
      const refundedBefore = !saysWhetherRefunded(info) && (await isRefunded(claim));
      const { ticketInfoCode: _, shownAsETicket, ...asked } = claim;
      const [outcome, sharedCinema] = await Promise.all([
        claims.claim({
          ...asked,
          account: username,
          objection: refundedBefore ? { kind: 'refunded' } : objectionAbove(info, claim.recordId),
          isBareOfETicket: isETicketLive && shownAsETicket !== true,
        }),
        sharedCinemas.isShared(claim.cinemaCode, shared),
      ]);
      const undoneAbove = 'undoneAbove' in outcome && outcome.undoneAbove === true;
      const ticket = undoneAbove ? withoutEntry(info) : info;
      const isEntered = ticket !== null && ticket !== 'unknown-ticket' && ticket.checkStatus === 'Yes';
      counts[outcome.kind] += 1;
      if (info === null) counts.stateUnknown += 1;
      return claimTicketReplyJson({
        claimed: outcome.kind === 'claimed',
        stateKnown: info !== null,
        refunded: refundedBefore || undefined,
        ticket,
        entry:
          outcome.kind === 'entered' && outcome.entry !== null
            ? await describeEntry(claim, outcome.entry, { isEntered })
            : null,
        released: outcome.kind === 'released',
        entryPossible: 'entryPossible' in outcome && outcome.entryPossible === true,
        sharedCinema,
        restoredAt: restoredAt() ?? undefined,
        eTicket: isETicketLive ? 'live' : undefined,
      });
    },
  });
}
