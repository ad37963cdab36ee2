import { type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  getTicketInfoQuery,
  ProtocolError,
  RECORD_ID_EXTENSION,
  type TicketIdentity,
  ticketInfoJson,
} from '@ticket-check/protocol';
import type { TicketLookup } from './ticket-lookup.ts';

/**
 * GetTicketInfo: a ticket as it was sold, whether it was checked and whether it was refunded. Answers TICKET_NOT_FOUND
 * for a ticket that was never imported. Extended callers also learn its first entry.
 * Scheme 6.6.3; readings E9, E11, X1.
 */
export function getTicketInfoApi({ lookUpTicket }: { lookUpTicket: TicketLookup }): SignedApi {
  return signedApi<TicketIdentity>({
    name: APIS.getTicketInfo,
    role: 'platform',
    query: getTicketInfoQuery,
    cinemasOf: ({ cinemaCode }) => [cinemaCode],
    async handle(asked, call) {
      const ticket = await lookUpTicket(asked);
      if (ticket === null) throw new ProtocolError('TICKET_NOT_FOUND', 'No such ticket was sold.');
      return ticketInfoJson(ticket, 'two-decimals', { extended: call.extended(RECORD_ID_EXTENSION) });
    },
  });
}
