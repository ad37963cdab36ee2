import type { Upstream } from '@ticket-check/exchange';
import { APIS, getTicketInfoQueryJson, readTicketInfoReply, type TicketIdentity } from '@ticket-check/protocol';
import type { Logger } from '@ticket-check/runtime';
import type { TicketState } from '../scan/rules.ts';

/** Asks the upstream what it knows of a ticket, and waits at most `budgetMs` for the answer. */
export type AskTicketState = (ticket: TicketIdentity, budgetMs: number) => Promise<TicketState>;

/**
 * GetTicketInfo within a budget. Whatever keeps the upstream from answering — the line, the account, an answer that
 * cannot be read — is silence: it says nothing about the ticket. Scheme 5.2.8, 7.6.3; readings C3, E12.
 */
export function createAskTicketState(upstream: () => Promise<Upstream | null>, logger: Logger): AskTicketState {
  return async (ticket, budgetMs) => {
    const peer = await upstream();
    if (peer === null || budgetMs <= 0) return { kind: 'silent' };
    const outcome = await peer.call(APIS.getTicketInfo, getTicketInfoQueryJson(ticket), {
      read: (replyData) => readTicketInfoReply(replyData, ticket),
      timeoutMs: budgetMs,
      idempotent: true,
    });
    if (outcome.kind !== 'delivered') {
      const { code, message } = outcome;
      logger.warn({ code, reason: message }, 'the upstream did not say what it knows of a ticket');
      return { kind: 'silent' };
    }
    return outcome.reply === 'unknown-ticket' ? { kind: 'unknown-ticket' } : { kind: 'known', info: outcome.reply };
  };
}
