import {
  type AccountTables,
  createAccounts,
  type RequestLimit,
  type SharedLimitTables,
  type SignedApi,
  signedApi,
  type UpstreamStore,
} from '@ticket-check/exchange';
import {
  APIS,
  type BlockingEntry,
  type ClaimEntry,
  claimTicketQuery,
  claimTicketReplyJson,
  epochOf,
  ProtocolError,
  type TicketClaim,
  type TicketIdentity,
  type WallClock,
} from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { createIsRefunded, type RefundTables } from '../changes/known-refunds.ts';
import type { CinemaTables } from '../cinemas/served-cinemas.ts';
import { createSharedCinemas } from '../cinemas/shared-cinemas.ts';
import { consoleUrlOf, type ThirdPartySettings } from '../config.ts';
import type { NationalTickets } from '../upstream/national-tickets.ts';
import { type ClaimCounts, countingRefusals } from './claim-metrics.ts';
import type { ClaimStore } from './claim-store.ts';
import { objectionAbove, withoutEntry } from './first-entry.ts';
import type { KnownTables } from './known-entries.ts';
import { claimPath } from './open-claims.ts';
import type { VerifyCode } from './verify-code.ts';

export type ClaimOptions = {
  store: Store<KnownTables & CinemaTables & RefundTables & AccountTables & SharedLimitTables>;
  upstreams: UpstreamStore;
  national: Pick<NationalTickets, 'askIfReachable'>;
  verifyCode: VerifyCode;
  /** Whether a ticket's bare code lets nobody in because it has an e-ticket. Reading C5. */
  hasLiveETicket: (ticket: TicketIdentity) => Promise<boolean>;
  settings: ThirdPartySettings;
};

/** How far the StartTime of a claimed ticket may be from the clock, in milliseconds. */
export const windowMsOf = (settings: ThirdPartySettings): number => settings.CLAIM_WINDOW_HOURS * 3_600_000;

/**
 * ClaimTicket for terminals: the claim and, as far as the national platform answers within the budget, the ticket's state, in one
 * round trip. An unknown ticket is claimed too: the terminal's policy decides about it. A refund known from before counts if the
 * national platform does not answer now. The reply says if a claim does not exclude every other entry. Readings C2, C3, X1, X4,
 * X9.
 */
export function claimTicketApi(
  { now }: Pick<Service, 'now'>,
  options: ClaimOptions & { claims: ClaimStore; counts: ClaimCounts; limit: RequestLimit },
): SignedApi {
  const { store, upstreams, national, verifyCode, hasLiveETicket, settings, claims, counts, limit } = options;
  const windowMs = windowMsOf(settings);
  const sharedCinemas = createSharedCinemas(store, { upstreams });
  const isRefunded = createIsRefunded(store);
  const accounts = createAccounts(store, now);
  const consoleUrl = consoleUrlOf(settings);

  /**
   * Says whose the entry is that a claim was refused for, and whether it is only a claim: not where the platform above knows that
   * somebody went in.
   */
  async function describeEntry(claim: TicketClaim, entry: ClaimEntry, isEntered: boolean): Promise<BlockingEntry> {
    const { holder, records } = await claims.known(claim);
    const known = [holder, ...records].find((one) => one?.recordId === entry.recordId);
    // Only the platform above knows it.
    if (!known) return entry;
    const terminal = (await accounts.find(known.account))?.displayName ?? known.account;
    if (isEntered || known !== holder || holder.recorded) return { ...entry, terminal };
    const claimUrl = consoleUrl !== null && consoleUrl + claimPath({ ...claim, recordId: entry.recordId });
    return { ...entry, terminal, unrecorded: true, ...(claimUrl && { claimUrl }) };
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
        limit.spend(username, call.signed.datetime, () =>
          call.log.error({ username }, 'refused claims of an account beyond CLAIMS_PER_MINUTE'),
        );
        if (Math.abs(epochOf(claim.startTime) - now()) > windowMs) {
          throw new ProtocolError(
            'START_TIME_OUT_OF_RANGE',
            `StartTime is more than ${windowMs / 3_600_000} hours from this platform's clock: nobody can be admitted now.`,
          );
        }
        await verifyCode(claim, username);
      });
      const { info = null, shared = null } = (await national.askIfReachable(claim, 'claim')) ?? {};
      const known = info === 'unknown-ticket' ? null : info;
      const refundedBefore = (known?.refundStatus ?? 'unknown') === 'unknown' && (await isRefunded(claim));
      const { ticketInfoCode: _, ...asked } = claim;
      let isETicketLive = false;
      const [outcome, sharedCinema] = await Promise.all([
        claims.claim({
          ...asked,
          account: username,
          objection: refundedBefore ? { kind: 'refunded' } : objectionAbove(info, claim.recordId),
          async isBare() {
            isETicketLive = await hasLiveETicket(claim);
            return isETicketLive && claim.shownAsETicket !== true;
          },
        }),
        sharedCinemas.isShared(claim.cinemaCode, shared),
      ]);
      const undoneAbove = 'undoneAbove' in outcome && outcome.undoneAbove === true;
      const ticket = undoneAbove && known !== null ? withoutEntry(known) : info;
      const isEntered = !undoneAbove && known?.checkStatus === 'Yes';
      counts.outcomes[outcome.kind] += 1;
      if (info === null) counts.stateUnknown += 1;
      return claimTicketReplyJson({
        claimed: outcome.kind === 'claimed',
        stateKnown: info !== null,
        refunded: refundedBefore || undefined,
        ticket,
        entry:
          outcome.kind === 'entered' && outcome.entry !== null
            ? await describeEntry(claim, outcome.entry, isEntered)
            : null,
        released: outcome.kind === 'released',
        entryPossible: 'entryPossible' in outcome && outcome.entryPossible === true,
        sharedCinema,
        restoredAt: (store.currentGeneration().renewedAt as WallClock | null) ?? undefined,
        eTicket: isETicketLive ? 'live' : undefined,
      });
    },
  });
}
