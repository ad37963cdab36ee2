import { askWithin, type CallPriority, type LinkSwitch, type Upstream } from '@ticket-check/exchange';
import {
  APIS,
  getTicketInfoQueryJson,
  ProtocolError,
  readSharedCinema,
  readTicketInfoReply,
  SHARED_CINEMA_EXTENSION,
  type TicketIdentity,
  type TicketInfo,
} from '@ticket-check/protocol';

/** What the national platform says of a ticket. */
export type NationalAnswer = {
  readonly info: TicketInfo | 'unknown-ticket';
  /** Whether another platform works in its cinema too; null where it does not speak of that. Reading X1. */
  readonly shared: boolean | null;
};

export type NationalTickets = {
  /**
   * What the national platform says of a ticket. Questions about the same ticket that overlap are one question to it.
   *
   * @throws ProtocolError UPSTREAM_UNAVAILABLE where it gave no usable answer within the budget, or is not asked because
   * the line is down; OVERLOADED where it could not be asked within the budget, so many calls to it are under way.
   */
  ask(ticket: TicketIdentity): Promise<NationalAnswer>;
  /** The same without what is said of the cinema. */
  ticketInfo(ticket: TicketIdentity): Promise<TicketInfo | 'unknown-ticket'>;
};

/** GetTicketInfo at the national platform, the only source of a ticket's details. Scheme 5.2.4, 6.6.3. */
export function createNationalTickets(options: {
  upstream: () => Promise<Upstream | null>;
  /** How long an answer is waited for, in milliseconds. */
  budgetMs: number;
  /** Who goes first where many calls to it wait. */
  priority: CallPriority;
  /** The line to it, where somebody waits for the answer; without one it is always asked. Reading C3. */
  line?: LinkSwitch;
}): NationalTickets {
  const { upstream, budgetMs, priority, line } = options;
  const asking = new Map<string, Promise<NationalAnswer>>();

  async function question(ticket: TicketIdentity): Promise<NationalAnswer> {
    const peer = await upstream();
    if (peer === null) throw new ProtocolError('UPSTREAM_UNAVAILABLE', 'No national platform is configured here.');
    if (line?.isUp() === false) {
      throw new ProtocolError('UPSTREAM_UNAVAILABLE', 'The national platform does not answer at present.');
    }
    const query = (timeoutMs: number) =>
      peer.call(APIS.getTicketInfo, getTicketInfoQueryJson(ticket), {
        read: (replyData) => ({
          info: withoutCinema(readTicketInfoReply(replyData, ticket)),
          shared: readSharedCinema(replyData),
        }),
        timeoutMs,
        priority,
        idempotent: true,
      });
    const outcome = await askWithin(budgetMs, query, line);
    if (outcome.kind === 'delivered') {
      const { info, shared } = outcome.reply;
      return { info, shared: outcome.extensions.has(SHARED_CINEMA_EXTENSION) ? shared : null };
    }
    if (outcome.kind === 'retry' && outcome.detail === 'unsent') {
      throw new ProtocolError('OVERLOADED', 'Too many questions to the national platform wait here; ask again later.');
    }
    const reason = `${outcome.code}: ${outcome.message}`;
    throw new ProtocolError('UPSTREAM_UNAVAILABLE', `The national platform gave no usable answer (${reason}).`);
  }

  function ask(ticket: TicketIdentity): Promise<NationalAnswer> {
    const identity = `${ticket.startTime} ${ticket.cinemaCode} ${ticket.filmTicketCode}`;
    const underWay = asking.get(identity);
    if (underWay !== undefined) return underWay;
    const asked = question(ticket).finally(() => asking.delete(identity));
    asking.set(identity, asked);
    return asked;
  }

  return { ask, ticketInfo: async (ticket) => (await ask(ticket)).info };
}

/** What the national platform says of the cinema is said to terminals in the reply to ClaimTicket alone. */
function withoutCinema(info: TicketInfo | 'unknown-ticket'): TicketInfo | 'unknown-ticket' {
  if (info === 'unknown-ticket') return info;
  const { sharedCinema: _, ...ticket } = info;
  return ticket;
}
