import type { Upstream } from '@ticket-check/exchange';
import {
  APIS,
  getTicketInfoQueryJson,
  ProtocolError,
  readTicketInfoReply,
  type TicketIdentity,
  type TicketInfo,
} from '@ticket-check/protocol';

export type NationalTickets = {
  /**
   * What the national platform says of a ticket. Questions about the same ticket that overlap are one question to it.
   *
   * @throws ProtocolError UPSTREAM_UNAVAILABLE where it gave no usable answer within the budget.
   */
  ticketInfo(ticket: TicketIdentity): Promise<TicketInfo | 'unknown-ticket'>;
};

/** GetTicketInfo at the national platform, the only source of a ticket's details. Scheme 5.2.4, 6.6.3. */
export function createNationalTickets(options: {
  upstream: () => Promise<Upstream | null>;
  /** How long an answer is waited for, in milliseconds. */
  budgetMs: number;
}): NationalTickets {
  const { upstream, budgetMs } = options;
  const asking = new Map<string, Promise<TicketInfo | 'unknown-ticket'>>();

  async function ask(ticket: TicketIdentity): Promise<TicketInfo | 'unknown-ticket'> {
    const peer = await upstream();
    if (peer === null) throw new ProtocolError('UPSTREAM_UNAVAILABLE', 'No national platform is configured here.');
    const outcome = await peer.call(APIS.getTicketInfo, getTicketInfoQueryJson(ticket), {
      read: (replyData) => readTicketInfoReply(replyData, ticket),
      timeoutMs: budgetMs,
      idempotent: true,
    });
    if (outcome.kind === 'delivered') return outcome.reply;
    const reason = `${outcome.code}: ${outcome.message}`;
    throw new ProtocolError('UPSTREAM_UNAVAILABLE', `The national platform gave no usable answer (${reason}).`);
  }

  return {
    ticketInfo(ticket) {
      const identity = `${ticket.startTime} ${ticket.cinemaCode} ${ticket.filmTicketCode}`;
      const underWay = asking.get(identity);
      if (underWay !== undefined) return underWay;
      const asked = ask(ticket).finally(() => asking.delete(identity));
      asking.set(identity, asked);
      return asked;
    },
  };
}
