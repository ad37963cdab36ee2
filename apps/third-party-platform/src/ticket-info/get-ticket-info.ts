import { type SignedApi, signedApi } from '@ticket-check/exchange';
import { APIS, getTicketInfoQuery, ProtocolError, type TicketInfo, ticketInfoJson } from '@ticket-check/protocol';
import type { ClaimStore } from '../claims/claim-store.ts';
import { earliest, withoutUndone } from '../claims/first-entry.ts';
import type { Known } from '../claims/known-entries.ts';
import type { NationalTickets } from '../upstream/national-tickets.ts';

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
      const known = await claims.known(ticket);
      const undone = info.checkStatus === 'Yes' ? await claims.undone(ticket) : [];
      return ticketInfoJson(withEntries(withoutUndone(info, undone), known), 'two-decimals', {
        extended: call.extended('record-id'),
      });
    },
  });
}

/** Adds the entries that are known here: of several the first counts. Reading R7. */
export function withEntries(info: TicketInfo, { holder, records }: Known): TicketInfo {
  const here = [holder, ...records].filter((entry) => entry !== null);
  const first = earliest([...here, info.entry].filter((entry) => entry !== undefined));
  if (here.length === 0 || first === null) return info;
  const { checkTime, recordId } = first;
  return { ...info, checkStatus: 'Yes', entry: { checkTime, recordId } };
}
