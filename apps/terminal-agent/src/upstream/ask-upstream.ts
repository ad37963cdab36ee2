import {
  askWithin,
  type CallPriority,
  type CircuitBreaker,
  noteUnknownWords,
  type Upstream,
} from '@ticket-check/exchange';
import {
  APIS,
  type BlockingEntry,
  claimTicketQueryJson,
  getTicketInfoQueryJson,
  readClaimTicketReply,
  readTicketInfoReply,
  type TicketClaim,
  type TicketIdentity,
  type TicketInfo,
  type WallClock,
} from '@ticket-check/protocol';
import type { Logger, LogSampler } from '@ticket-check/runtime';

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

export function infoIn(answer: UpstreamAnswer): TicketInfo | null {
  return answer.kind === 'silent' || answer.ticket === 'unknown-ticket' ? null : answer.ticket;
}

export function withoutEntry(answer: UpstreamAnswer): UpstreamAnswer {
  const ticket = infoIn(answer);
  if (answer.kind === 'silent' || ticket === null) return answer;
  return { ...answer, ticket: { ...ticket, checkStatus: 'unknown', entry: undefined } };
}

/** The upstream's answer to a scan, and whether it may now hold a claim for it. */
export type ClaimAnswer = { answer: UpstreamAnswer; mayBeClaimed: boolean };

export type AskUpstream = ReturnType<typeof createAskUpstream>;

const SILENT: UpstreamAnswer = { kind: 'silent' };

/**
 * Asks the upstream about tickets. Any failure counts as silence: the line, the account, an unreadable answer say nothing
 * about the ticket. Scheme 5.2.8, 7.6.3; readings C2, C3, E12.
 */
export function createAskUpstream(options: {
  upstream: () => Promise<Upstream | null>;
  breaker: CircuitBreaker;
  logger: Logger;
  warnings: LogSampler;
}) {
  const { upstream, breaker, logger, warnings } = options;

  async function state(
    peer: Upstream,
    ticket: TicketIdentity,
    budgetMs: number,
    when: { priority: CallPriority; sendAfter?: Promise<void> | undefined; line?: CircuitBreaker },
  ): Promise<UpstreamAnswer> {
    const { line, ...how } = when;
    const ask = (timeoutMs: number) =>
      peer.call(APIS.getTicketInfo, getTicketInfoQueryJson(ticket), {
        read: (replyData) => readTicketInfoReply(replyData, ticket),
        idempotent: true,
        timeoutMs,
        ...how,
      });
    const outcome = await askWithin(budgetMs, ask, line);
    if (outcome.kind !== 'delivered') {
      const { code, message } = outcome;
      warnings.note('state not told', undefined, () =>
        logger.warn({ code, reason: message }, 'upstream did not answer about a ticket'),
      );
      return SILENT;
    }
    noteUnknownWords(peer, outcome.reply);
    return { kind: 'answered', ticket: outcome.reply, claim: 'none', entry: null, excludesOthers: false };
  }

  async function claim(
    peer: Upstream,
    asked: TicketClaim,
    budgetMs: number,
    sendAfter?: Promise<void>,
  ): Promise<ClaimAnswer> {
    const ask = (timeoutMs: number) =>
      peer.call(APIS.claimTicket, claimTicketQueryJson(asked), {
        read: (replyData) => readClaimTicketReply(replyData, asked),
        timeoutMs,
        priority: 'claim',
        // Repeated under one RecordId it is the same claim.
        idempotent: true,
        sendAfter,
      });
    // The guest waits only for the budget.
    const outcome = await askWithin(budgetMs, ask, breaker);
    if (outcome.kind !== 'delivered') {
      const { code, message } = outcome;
      warnings.note('claim not answered', undefined, () =>
        logger.warn({ code, reason: message, recordId: asked.recordId }, 'upstream did not answer a claim'),
      );
      return { answer: SILENT, mayBeClaimed: true };
    }
    const { claimed, released, ticket, stateKnown, entry, restoredAt, entryPossible, sharedCinema } = outcome.reply;
    const { eTicket = 'none', refunded } = outcome.reply;
    noteUnknownWords(peer, ticket);
    const tellsETickets = peer.extensions().has('e-tickets');
    const isRefusedAsBare = tellsETickets && eTicket === 'live' && asked.shownAsETicket !== true && entry === null;
    // A released claim excludes nobody and cannot be made again; a bare code of a live e-ticket makes none.
    const refused = released || isRefusedAsBare ? 'none' : 'taken';
    return {
      answer: {
        kind: 'answered',
        ticket: stateKnown ? ticket : null,
        ...(refunded && { refunded }),
        claim: claimed ? 'claimed' : refused,
        entry,
        restoredAt,
        excludesOthers: !entryPossible && !sharedCinema,
        ...(tellsETickets && { eTicket }),
      },
      mayBeClaimed: claimed,
    };
  }

  async function reachable(budgetMs: number): Promise<Upstream | null> {
    if (budgetMs <= 0 || !breaker.isUp()) return null;
    return upstream();
  }

  return {
    /** Whether scans ask it; false while the line is down. */
    isReachable: () => breaker.isUp(),
    /**
     * Asks for the ticket's state, and claims the entry if the upstream takes claims, in one round trip. Answers within `budgetMs`
     * whatever the network does; at once while the line is down. Sent once `intent` has resolved; rejects if that does.
     * Readings C2, C3.
     */
    async claim(asked: TicketClaim, budgetMs: number, intent?: Promise<void>): Promise<ClaimAnswer> {
      const peer = await reachable(budgetMs);
      if (peer === null) return { answer: SILENT, mayBeClaimed: false };
      if (peer.extensions().has('claim-ticket')) return claim(peer, asked, budgetMs, intent);
      const when = { priority: 'question', sendAfter: intent, line: breaker } as const;
      return { answer: await state(peer, asked, budgetMs, when), mayBeClaimed: false };
    },
    /** Asks only for the ticket's state, for a scan; claims nothing. */
    async state(ticket: TicketIdentity, budgetMs: number): Promise<UpstreamAnswer> {
      const peer = await reachable(budgetMs);
      return peer === null ? SILENT : state(peer, ticket, budgetMs, { priority: 'question', line: breaker });
    },
    /** The same in the background, also while the line is down: nobody waits, so silence says nothing about it. */
    async stateInBackground(ticket: TicketIdentity, budgetMs: number): Promise<UpstreamAnswer> {
      const peer = await upstream();
      return peer === null ? SILENT : state(peer, ticket, budgetMs, { priority: 'background' });
    },
  };
}

/** Milliseconds until a deadline of `performance.now()`; 0 if it has passed. */
export function remaining(deadline: number): number {
  return Math.max(0, deadline - performance.now());
}
