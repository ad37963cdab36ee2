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
  getTicketInfoQueryJson,
  getTicketInfosQueryJson,
  MAX_TICKETS,
  readSharedCinema,
  readTicketInfoReply,
  readTicketInfosReply,
  type TicketIdentity,
  type TicketInfo,
} from '@ticket-check/protocol';
import { type GroupCall, groupQuestions } from './group-questions.ts';

/** What a reply to GetTicketInfo says of a ticket and of its cinema. */
export type TicketReply = { readonly info: TicketInfo | 'unknown-ticket'; readonly shared: boolean };

/** The priority of a question, and how many milliseconds its caller waits. */
export type Wanted = { readonly priority: CallPriority; readonly timeoutMs: number };

type Read<R> = (replyData: Record<string, unknown>) => R;

/** A lost reply, or a line on which answers take long, holds up the next call for no longer than this. */
const PACE_MS = 25;
/** On a slow line several calls are under way; above this, questions wait and go in larger ones. */
const MAX_UNDER_WAY = 8;
/** Some 2 KiB each; a longer queue would not be answered in time anyway. */
const MAX_WAITING = 10_000;

/**
 * Asks one national platform about tickets. A lone question is a GetTicketInfo; questions that come while it is under way are sent
 * together as GetTicketInfos, since each call costs a signature, about a millisecond of CPU. A platform that does
 * not announce `ticket-infos` is asked one question a call. Reading X1.
 *
 * Each question has its own outcome, even if it was sent with others.
 *
 * @param options.budgetMs how long the platform may take over a call once it is sent, in milliseconds.
 * @param options.breaker learns from each call whether the platform answers.
 */
export function createTicketQuestions(
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
