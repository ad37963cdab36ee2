import { type Accounts, type RequestLimit, type SignedApi, signedApi } from '@ticket-check/exchange';
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
import type { Clock } from '@ticket-check/runtime';
import type { SharedCinemas } from '../cinemas/shared-cinemas.ts';
import type { NationalAnswer, NationalTickets } from '../upstream/national-tickets.ts';
import { type ClaimCounts, countingRefusals } from './claim-metrics.ts';
import type { ClaimStore } from './claim-store.ts';
import { objectionAbove, withoutEntry } from './first-entry.ts';
import { releasePath } from './open-claims.ts';
import type { VerifyCode } from './verify-code.ts';

/** The national platform did not answer, or could not be asked, in time. */
const SILENT = { info: null, shared: null } as const;
const UNANSWERED: ReadonlySet<string> = new Set(['UPSTREAM_UNAVAILABLE', 'OVERLOADED']);

/** Whether the national platform says now that the ticket was refunded, or that it was not. */
function saysWhetherRefunded(info: NationalAnswer['info'] | null): boolean {
  return info !== null && info !== 'unknown-ticket' && info.refundStatus !== 'unknown';
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
  /** Of the claims of one account in a minute. */
  limit: RequestLimit;
  verifyCode: VerifyCode;
  /** How far the StartTime of a claimed ticket may be from the clock, in milliseconds. */
  windowMs: number;
  sharedCinemas: SharedCinemas;
  /** When the data were last restored from a backup; null if they never were. */
  restoredAt: () => WallClock | null;
  hasLiveETicket: (ticket: TicketIdentity) => Promise<boolean>;
  accounts: Pick<Accounts, 'find'>;
  /** Where staff open the console; null if unknown. */
  consoleUrl: string | null;
  /** Whether the national platform ever said that the ticket was refunded. Reading X9. */
  isRefunded: (ticket: TicketIdentity) => Promise<boolean>;
  now: Clock;
}): SignedApi {
  const { national, claims, counts, limit, verifyCode, windowMs, sharedCinemas, restoredAt } = options;
  const { hasLiveETicket, accounts, consoleUrl, isRefunded, now } = options;

  async function ask(claim: TicketClaim): Promise<NationalAnswer | typeof SILENT> {
    try {
      return await national.ask(claim, 'claim');
    } catch (error) {
      if (error instanceof ProtocolError && UNANSWERED.has(error.code)) return SILENT;
      throw error;
    }
  }

  /**
   * Says whose the entry is that a claim was refused for, and whether it is only a claim: not where the platform above knows that
   * somebody went in.
   */
  async function describeEntry(claim: TicketClaim, entry: ClaimEntry, isEntered: boolean): Promise<BlockingEntry> {
    const { cinemaCode, filmTicketCode, startTime } = claim;
    const ticket = { cinemaCode, filmTicketCode, startTime };
    const { holder, records } = await claims.known(ticket);
    const isOf = ({ recordId }: { recordId: string }) => recordId === entry.recordId;
    const isClaim = !isEntered && holder !== null && isOf(holder) && !holder.recorded;
    const account = [holder, ...records].find((known) => known !== null && isOf(known))?.account;
    // Only the platform above knows it.
    if (account === undefined) return entry;
    const terminal = (await accounts.find(account))?.displayName ?? account;
    if (!isClaim) return { ...entry, terminal };
    const { recordId } = entry;
    const claimUrl = consoleUrl === null ? undefined : consoleUrl + releasePath({ ...ticket, recordId });
    return { ...entry, terminal, unrecorded: true, ...(claimUrl !== undefined && { claimUrl }) };
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
      const ticket = undoneAbove && info !== null && info !== 'unknown-ticket' ? withoutEntry(info) : info;
      const isEntered = ticket !== null && ticket !== 'unknown-ticket' && ticket.checkStatus === 'Yes';
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
        restoredAt: restoredAt() ?? undefined,
        eTicket: isETicketLive ? 'live' : undefined,
      });
    },
  });
}
