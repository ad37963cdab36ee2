import {
  askWithin,
  type CallPriority,
  type CircuitBreaker,
  noteUnknownWords,
  type Outcome,
  outcomeOf,
  type Upstream,
} from '@ticket-check/exchange';
import {
  APIS,
  type CinemaCode,
  getTicketInfoQueryJson,
  getTicketInfosQueryJson,
  MAX_TICKETS,
  ProtocolError,
  readSharedCinema,
  readTicketInfoReply,
  readTicketInfosReply,
  type TicketIdentity,
  type TicketInfo,
  type WallClock,
} from '@ticket-check/protocol';
import { type GroupCall, groupQuestions } from './group-questions.ts';

export type NationalAnswer = {
  readonly info: TicketInfo | 'unknown-ticket';
  /** Whether another platform works in its cinema too; null if it does not speak of that. Reading X1. */
  readonly shared: boolean | null;
};

export type NationalTickets = ReturnType<typeof createNationalTickets>;

const UNANSWERED: ReadonlySet<string> = new Set(['UPSTREAM_UNAVAILABLE', 'OVERLOADED']);

type NationalTicketsOptions = {
  upstream: () => Promise<Upstream | null>;
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

type TicketReply = { readonly info: TicketInfo | 'unknown-ticket'; readonly shared: boolean };

type Wanted = { readonly priority: CallPriority; readonly timeoutMs: number };

type Read<R> = (replyData: Record<string, unknown>) => R;

/** A lost reply, or a line on which answers take long, holds up the next call for no longer than this. */
const PACE_MS = 25;
/** On a slow line several calls are under way; above this, questions wait and go in larger ones. */
const MAX_UNDER_WAY = 8;
/** Some 2 KiB each; a longer queue would not be answered in time anyway. */
const MAX_WAITING = 10_000;

/**
 * Asks one national platform about tickets. A lone question is a GetTicketInfo; those of one turn, or that come while one is under way,
 * are sent together as GetTicketInfos, since each call costs a signature, about a millisecond of CPU. A platform that does
 * not announce `ticket-infos` is asked one question a call. Reading X1.
 *
 * Each question has its own outcome, even if it was sent with others.
 *
 * @param options.budgetMs how long the platform may take over a call once it is sent, in milliseconds.
 * @param options.breaker learns from each call whether the platform answers.
 */
function createTicketQuestions(
  peer: Upstream,
  { budgetMs, breaker }: { budgetMs: number; breaker?: CircuitBreaker | undefined },
): (ticket: TicketIdentity, wanted: Wanted) => Promise<Outcome<TicketReply>> {
  const takesSeveral = () => peer.extensions().has('ticket-infos');

  /**
   * The platform has its whole budget from when it is asked, however long the question waited here: callers go on without it sooner,
   * and only the platform's own silence counts.
   */
  function call<R>(api: string, query: unknown, { read, priority, leftMs }: GroupCall & { read: Read<R> }) {
    const ask = (timeoutMs: number) =>
      peer.call(api, query, { read, timeoutMs, sendWithinMs: leftMs, priority, idempotent: true });
    return askWithin(budgetMs, ask, breaker);
  }

  const askOne = (ticket: TicketIdentity, how: GroupCall): Promise<Outcome<TicketReply>> =>
    call(APIS.getTicketInfo, getTicketInfoQueryJson(ticket), { read: readerFor(peer, ticket), ...how });

  async function send(tickets: readonly TicketIdentity[], how: GroupCall): Promise<Outcome<TicketReply>[]> {
    if (tickets.length === 1 || !takesSeveral()) return Promise.all(tickets.map((ticket) => askOne(ticket, how)));
    const read = (replyData: Record<string, unknown>) => readTicketInfosReply(replyData, tickets.length);
    const outcome = await call(APIS.getTicketInfos, getTicketInfosQueryJson(tickets), { read, ...how });
    if (outcome.kind !== 'delivered') return tickets.map(() => outcome);
    const { reply, extensions, generation } = outcome;
    return tickets.map((ticket, index) => {
      const replyData = reply[index];
      const part = replyData && { datetime: null, replyData, extensions, generation, replaces: [], position: null };
      return outcomeOf(200, part ?? null, readerFor(peer, ticket));
    });
  }

  const askTogether = groupQuestions<TicketIdentity, Outcome<TicketReply>>({
    send,
    paceMs: PACE_MS,
    max: MAX_TICKETS,
    maxUnderWay: MAX_UNDER_WAY,
    maxWaiting: MAX_WAITING,
  });
  return (ticket, { priority, timeoutMs }) =>
    takesSeveral() ? askTogether(ticket, { priority, timeoutMs }) : askOne(ticket, { priority, leftMs: timeoutMs });
}

function readerFor(peer: Upstream, ticket: TicketIdentity): Read<TicketReply> {
  return (replyData) => {
    const info = readTicketInfoReply(replyData, ticket);
    noteUnknownWords(peer, info);
    return { info: withoutCinema(info), shared: readSharedCinema(replyData) };
  };
}

/** What the national platform says of the cinema goes to terminals only in the reply to ClaimTicket. */
function withoutCinema(info: TicketInfo | 'unknown-ticket'): TicketInfo | 'unknown-ticket' {
  if (info === 'unknown-ticket') return info;
  const { sharedCinema: _, ...ticket } = info;
  return ticket;
}
