import { askWithin, type CallPriority, type CircuitBreaker, type Upstream } from '@ticket-check/exchange';
import {
  type CinemaCode,
  ProtocolError,
  type TicketIdentity,
  type TicketInfo,
  type WallClock,
} from '@ticket-check/protocol';
import { createTicketQuestions } from './ticket-questions.ts';

/** What the national platform says of a ticket. */
export type NationalAnswer = {
  readonly info: TicketInfo | 'unknown-ticket';
  /** Whether another platform works in its cinema too; null if it does not speak of that. Reading X1. */
  readonly shared: boolean | null;
};

export type NationalTickets = ReturnType<typeof createNationalTickets>;

const UNANSWERED: ReadonlySet<string> = new Set(['UPSTREAM_UNAVAILABLE', 'OVERLOADED']);

type NationalTicketsOptions = {
  upstream: () => Promise<Upstream | null>;
  /** How long an answer is waited for, in milliseconds. */
  budgetMs: number;
  /** The priority of questions whose caller gives none. */
  priority: CallPriority;
  /**
   * Of the line to it, where somebody waits for the answer (reading C3). Without one, as where nobody waits, it is asked also while
   * the line is down, and never takes it down.
   */
  breaker?: CircuitBreaker;
  /** Called for each refunded ticket, before the caller is answered. */
  onRefunded?: (ticket: TicketIdentity, refundedAt: WallClock | null) => Promise<void>;
  /** Called with the name of the cinema of each ticket; no caller waits for it. */
  onNamed?: (cinemaCode: CinemaCode, cinemaName: string) => unknown;
};

/** GetTicketInfo and GetTicketInfos at the national platform, the only source of a ticket's details. Scheme 5.2.4, 6.6.3. */
export function createNationalTickets(options: NationalTicketsOptions) {
  const { upstream, budgetMs, breaker, onRefunded, onNamed } = options;
  let current: { readonly peer: Upstream; readonly questions: ReturnType<typeof createTicketQuestions> } | null = null;

  /** What was asked of a former national platform is answered by that one. */
  function questionsTo(peer: Upstream) {
    if (current?.peer !== peer) current = { peer, questions: createTicketQuestions(peer, { budgetMs, breaker }) };
    return current.questions;
  }

  /**
   * Asks the national platform about a ticket. Questions that overlap share calls if it accepts that. `priority`: who goes first if
   * many wait; by default that of all questions here.
   *
   * @throws ProtocolError UPSTREAM_UNAVAILABLE if it gave no usable answer within the budget, or is not asked because the line is
   * down; OVERLOADED if too many calls are under way to ask it within the budget.
   */
  async function ask(ticket: TicketIdentity, priority = options.priority): Promise<NationalAnswer> {
    const peer = await upstream();
    if (peer === null) throw new ProtocolError('UPSTREAM_UNAVAILABLE', 'No national platform is configured here.');
    if (breaker?.isUp() === false) {
      throw new ProtocolError('UPSTREAM_UNAVAILABLE', 'The national platform does not answer at present.');
    }
    const questions = questionsTo(peer);
    // The breaker learns from calls: a lost reply to a hundred questions is one silence.
    const outcome = await askWithin(budgetMs, (timeoutMs) => questions(ticket, { priority, timeoutMs }));
    if (outcome.kind === 'delivered') {
      const { info, shared } = outcome.reply;
      if (info !== 'unknown-ticket') onNamed?.(ticket.cinemaCode, info.cinemaName);
      if (info !== 'unknown-ticket' && info.refundStatus === 'Yes') await onRefunded?.(ticket, info.refundTime);
      return { info, shared: outcome.extensions.has('shared-cinema') ? shared : null };
    }
    if (outcome.kind === 'retry' && outcome.detail === 'unsent') {
      throw new ProtocolError('OVERLOADED', 'Too many questions to the national platform wait here; ask again later.');
    }
    const reason = `${outcome.code}: ${outcome.message}`;
    throw new ProtocolError('UPSTREAM_UNAVAILABLE', `The national platform gave no usable answer (${reason}).`);
  }

  return {
    ask,
    /** The same; null if it gives no usable answer in time, or cannot be asked. */
    async askIfReachable(ticket: TicketIdentity, priority?: CallPriority): Promise<NationalAnswer | null> {
      try {
        return await ask(ticket, priority);
      } catch (error) {
        if (error instanceof ProtocolError && UNANSWERED.has(error.code)) return null;
        throw error;
      }
    },
    /** The same without what is said of the cinema. */
    ticketInfo: async (ticket: TicketIdentity) => (await ask(ticket)).info,
  };
}
