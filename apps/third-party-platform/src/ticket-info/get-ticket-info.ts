import { type SignedApi, signedApi } from '@ticket-check/exchange';
import { APIS, getTicketInfoQuery, ProtocolError, RECORD_ID_EXTENSION, ticketInfoJson } from '@ticket-check/protocol';
import type { ClaimStore } from '../claims/claim-store.ts';
import { firstEntry } from '../claims/first-entry.ts';
import type { NationalTickets } from '../upstream/national-tickets.ts';
import { withEntry, withoutUndone } from './known-here.ts';

/**
 * GetTicketInfo for terminals: what the national platform says, with the entries added that are known here and may not
 * have reached it yet. A claim is an entry: its terminal may have opened the gate. Scheme 5.2.8, 7.6.3; readings X1, C2, C3.
 */
export function getTicketInfoApi(options: {
  national: NationalTickets;
  claims: Pick<ClaimStore, 'known' | 'undone'>;
}): SignedApi {
  const { national, claims } = options;
  return signedApi({
    name: APIS.getTicketInfo,
    role: 'platform',
    priority: 'question',
    query: getTicketInfoQuery,
    cinemasOf: ({ cinemaCode }) => [cinemaCode],
    async handle(ticket, call) {
      const info = await national.ticketInfo(ticket);
      if (info === 'unknown-ticket') {
        throw new ProtocolError('TICKET_NOT_FOUND', 'The national platform knows no such ticket.');
      }
      // Looked up after the answer came, so that an entry made in the meantime is not missed.
      const entry = firstEntry(await claims.known(ticket));
      const undone = info.checkStatus === 'Yes' ? await claims.undone(ticket) : [];
      return ticketInfoJson(withEntry(withoutUndone(info, undone), entry), 'two-decimals', {
        extended: call.extended(RECORD_ID_EXTENSION),
      });
    },
  });
}
