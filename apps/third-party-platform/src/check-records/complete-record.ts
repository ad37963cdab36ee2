import type { Complete } from '@ticket-check/check-records';
import type { NationalTickets } from '../upstream/national-tickets.ts';

/** Completes, from GetTicketInfo, a record that its terminal could not complete. Scheme 5.2.3, 6.6.2; reading R5. */
export function completeRecord(national: Pick<NationalTickets, 'ticketInfo'>): Complete {
  return async (record) => {
    const info = await national.ticketInfo(record);
    if (info === 'unknown-ticket') return null;
    const { screenName, filmName, ticketType, rowNum, columnNum, price, service } = info;
    return { screenName, filmName, ticketType, rowNum, columnNum, price, service };
  };
}
