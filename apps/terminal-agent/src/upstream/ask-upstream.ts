import {
  askWithin,
  type CallPriority,
  type CircuitBreaker,
  noteUnknownWords,
  type Outcome,
  type Upstream,
} from '@ticket-check/exchange';
import {
  APIS,
  CLAIM_TICKET_EXTENSION,
  claimTicketQueryJson,
  E_TICKETS_EXTENSION,
  getTicketInfoQueryJson,
  readClaimTicketReply,
  readTicketInfoReply,
  type TicketClaim,
  type TicketIdentity,
  type TicketInfo,
} from '@ticket-check/protocol';
import type { Logger, LogSampler } from '@ticket-check/runtime';
import type { UpstreamAnswer } from './upstream-answer.ts';

/** The upstream's answer to a scan, and whether it may now hold a claim for it. */
export type ClaimAnswer = { answer: UpstreamAnswer; mayBeClaimed: boolean };

export type AskUpstream = {
  /** Whether scans ask it; false while the line is down. */
  isReachable(): boolean;
  /**
   * Asks for the ticket's state, and claims the entry if the upstream takes claims, in one round trip. Answers within `budgetMs`
   * whatever the network does; at once while the line is down. Sent once `intent` has resolved; rejects if that does.
   * Readings C2, C3.
   */
  claim(claim: TicketClaim, budgetMs: number, intent?: Promise<void>): Promise<ClaimAnswer>;
  /** Asks only for the ticket's state, for a scan; claims nothing. */
  state(ticket: TicketIdentity, budgetMs: number): Promise<UpstreamAnswer>;
  /** The same in the background: also while the line is down. */
  stateInBackground(ticket: TicketIdentity, budgetMs: number): Promise<UpstreamAnswer>;
};

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
}): AskUpstream {
  const { upstream, breaker, logger, warnings } = options;

  function getTicketInfo(
    peer: Upstream,
    ticket: TicketIdentity,
    when: { timeoutMs: number; priority: CallPriority; sendAfter?: Promise<void> | undefined },
  ) {
    return peer.call(APIS.getTicketInfo, getTicketInfoQueryJson(ticket), {
      read: (replyData) => readTicketInfoReply(replyData, ticket),
      idempotent: true,
      ...when,
    });
  }

  function heardOf(peer: Upstream, outcome: Outcome<TicketInfo | 'unknown-ticket'>): UpstreamAnswer {
    if (outcome.kind === 'delivered') {
      noteUnknownWords(peer, outcome.reply);
      return { kind: 'answered', ticket: outcome.reply, claim: 'none', entry: null, excludesOthers: false };
    }
    const { code, message } = outcome;
    warnings.note('state not told', undefined, () =>
      logger.warn({ code, reason: message }, 'upstream did not answer about a ticket'),
    );
    return SILENT;
  }

  async function state(
    peer: Upstream,
    ticket: TicketIdentity,
    budgetMs: number,
    sendAfter?: Promise<void>,
  ): Promise<UpstreamAnswer> {
    const ask = (timeoutMs: number) => getTicketInfo(peer, ticket, { timeoutMs, priority: 'question', sendAfter });
    return heardOf(peer, await askWithin(budgetMs, ask, breaker));
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
    const tellsETickets = peer.extensions().has(E_TICKETS_EXTENSION);
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
    isReachable: () => breaker.isUp(),
    async claim(asked, budgetMs, intent) {
      const peer = await reachable(budgetMs);
      if (peer === null) return { answer: SILENT, mayBeClaimed: false };
      if (peer.extensions().has(CLAIM_TICKET_EXTENSION)) return claim(peer, asked, budgetMs, intent);
      return { answer: await state(peer, asked, budgetMs, intent), mayBeClaimed: false };
    },
    async state(ticket, budgetMs) {
      const peer = await reachable(budgetMs);
      return peer === null ? SILENT : state(peer, ticket, budgetMs);
    },
    async stateInBackground(ticket, budgetMs) {
      const peer = await upstream();
      return peer === null
        ? SILENT
        : heardOf(
            peer,
            await askWithin(budgetMs, (timeoutMs) =>
              getTicketInfo(peer, ticket, { timeoutMs, priority: 'background' }),
            ),
          );
    },
  };
}

/** Milliseconds until a deadline of `performance.now()`; 0 if it has passed. */
export function remaining(deadline: number): number {
  return Math.max(0, deadline - performance.now());
}
