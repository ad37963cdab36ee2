import {
  askWithin,
  type CallPriority,
  type CircuitBreaker,
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
  TICKET_INFOS_EXTENSION,
  type TicketIdentity,
  type TicketInfo,
} from '@ticket-check/protocol';
import { groupQuestions } from './group-questions.ts';

/** What a reply to GetTicketInfo says of a ticket and of its cinema. */
export type TicketReply = { readonly info: TicketInfo | 'unknown-ticket'; readonly shared: boolean };

/** A lost reply, or a line on which answers take long, holds up the next call for no longer than this. */
const PACE_MS = 25;
/** On a slow line several calls are under way; above this, questions wait and go in larger ones. */
const MAX_UNDER_WAY = 8;
/** Some 2 KiB each; a platform that waits for so many answers is better off without them. */
const MAX_WAITING = 10_000;

/**
 * Asks one national platform about tickets. A lone question is a GetTicketInfo; what is asked while it is under way goes
 * out together as GetTicketInfos, since each call costs a signature, about a millisecond of CPU. A platform that does
 * not announce `ticket-infos` is asked one question a call. Reading X1.
 *
 * The outcome is that of the single question, also where it went with others.
 *
 * @param options.budgetMs how long each question may take, in milliseconds.
 * @param options.priority who goes first where many calls to it wait.
 * @param options.breaker learns from each call whether the platform answers.
 */
export function createTicketQuestions(
  peer: Upstream,
  { budgetMs, priority, breaker }: { budgetMs: number; priority: CallPriority; breaker?: CircuitBreaker | undefined },
): (ticket: TicketIdentity) => Promise<Outcome<TicketReply>> {
  const takesSeveral = () => peer.extensions().has(TICKET_INFOS_EXTENSION);

  function askOne(ticket: TicketIdentity, withinMs: number): Promise<Outcome<TicketReply>> {
    const read = readerFor(ticket);
    const call = (timeoutMs: number) =>
      peer.call(APIS.getTicketInfo, getTicketInfoQueryJson(ticket), { read, timeoutMs, priority, idempotent: true });
    return askWithin(withinMs, call, breaker);
  }

  async function send(tickets: readonly TicketIdentity[], withinMs: number): Promise<Outcome<TicketReply>[]> {
    if (tickets.length === 1 || !takesSeveral()) {
      return Promise.all(tickets.map((ticket) => askOne(ticket, withinMs)));
    }
    const read = (replyData: Record<string, unknown>) => readTicketInfosReply(replyData, tickets.length);
    const call = (timeoutMs: number) =>
      peer.call(APIS.getTicketInfos, getTicketInfosQueryJson(tickets), { read, timeoutMs, priority, idempotent: true });
    const outcome = await askWithin(withinMs, call, breaker);
    if (outcome.kind !== 'delivered') return tickets.map(() => outcome);
    const { reply, extensions, generation } = outcome;
    return tickets.map((ticket, index) => {
      const replyData = reply[index];
      const part = replyData && { datetime: null, replyData, extensions, generation, replaces: [] };
      return outcomeOf(200, part ?? null, readerFor(ticket));
    });
  }

  const askTogether = groupQuestions({
    send,
    budgetMs,
    paceMs: PACE_MS,
    max: MAX_TICKETS,
    maxUnderWay: MAX_UNDER_WAY,
    maxWaiting: MAX_WAITING,
  });
  return (ticket) => (takesSeveral() ? askTogether(ticket) : askOne(ticket, budgetMs));
}

function readerFor(ticket: TicketIdentity): (replyData: Record<string, unknown>) => TicketReply {
  return (replyData) => ({
    info: withoutCinema(readTicketInfoReply(replyData, ticket)),
    shared: readSharedCinema(replyData),
  });
}

/** What the national platform says of the cinema is said to terminals in the reply to ClaimTicket alone. */
function withoutCinema(info: TicketInfo | 'unknown-ticket'): TicketInfo | 'unknown-ticket' {
  if (info === 'unknown-ticket') return info;
  const { sharedCinema: _, ...ticket } = info;
  return ticket;
}
