import { askWithin, type LinkSwitch, type Upstream } from '@ticket-check/exchange';
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
   * @throws ProtocolError UPSTREAM_UNAVAILABLE where it gave no usable answer within the budget, or is not asked because
   * the line is down.
   */
  ticketInfo(ticket: TicketIdentity): Promise<TicketInfo | 'unknown-ticket'>;
};

/** GetTicketInfo at the national platform, the only source of a ticket's details. Scheme 5.2.4, 6.6.3. */
export function createNationalTickets(options: {
  upstream: () => Promise<Upstream | null>;
  /** How long an answer is waited for, in milliseconds. */
  budgetMs: number;
  /** The line to it, where somebody waits for the answer; without one it is always asked. Reading C3. */
  line?: LinkSwitch;
}): NationalTickets {
  const { upstream, budgetMs, line } = options;
  const asking = new Map<string, Promise<TicketInfo | 'unknown-ticket'>>();

  async function ask(ticket: TicketIdentity): Promise<TicketInfo | 'unknown-ticket'> {
    const peer = await upstream();
    if (peer === null) throw new ProtocolError('UPSTREAM_UNAVAILABLE', 'No national platform is configured here.');
    if (line?.isUp() === false) {
      throw new ProtocolError('UPSTREAM_UNAVAILABLE', 'The national platform does not answer at present.');
    }
    const query = () =>
      peer.call(APIS.getTicketInfo, getTicketInfoQueryJson(ticket), {
        read: (replyData) => readTicketInfoReply(replyData, ticket),
        timeoutMs: budgetMs,
        idempotent: true,
      });
    const outcome = await askWithin(budgetMs, query, line);
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
