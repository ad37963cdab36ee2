import { type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  type ClaimEntry,
  getTicketInfoQuery,
  ProtocolError,
  type TicketInfo,
  ticketInfoJson,
} from '@ticket-check/protocol';
import type { ClaimStore } from '../claims/claim-store.ts';
import { earliest, firstEntry, withoutUndone } from '../claims/first-entry.ts';
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
      const entry = firstEntry(await claims.known(ticket));
      const undone = info.checkStatus === 'Yes' ? await claims.undone(ticket) : [];
      return ticketInfoJson(withEntry(withoutUndone(info, undone), entry), 'two-decimals', {
        extended: call.extended('record-id'),
      });
    },
  });
}

/** Adds an entry that is known here; of two, the first is the one with the lowest (CheckTime, RecordId). Reading R7. */
export function withEntry(info: TicketInfo, entry: ClaimEntry | null): TicketInfo {
  if (entry === null) return info;
  const above = info.entry === undefined ? [] : [{ ...info.entry, gate: '' }];
  const { checkTime, recordId } = earliest([entry, ...above]) ?? entry;
  return { ...info, checkStatus: 'Yes', entry: { checkTime, recordId } };
}
