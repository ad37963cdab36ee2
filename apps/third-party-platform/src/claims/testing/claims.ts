import { parseRecordId } from '@ticket-check/protocol';
import { CINEMA, makeUkey, sellTicket } from '../../testing/test-cinema.ts';
import type { ClaimRequest } from '../claim-store.ts';

const ukey = makeUkey();
let made = 0;

/** A terminal's claim on a ticket that nobody knows. */
export function claimFor(account = 'terminal-1', cinema = CINEMA): ClaimRequest {
  made += 1;
  const { cinemaCode, filmTicketCode, startTime } = sellTicket(ukey, cinema).info;
  const recordId = parseRecordId(`019a0000-0000-7000-9100-${String(made).padStart(12, '0')}`);
  const ticket = { cinemaCode, filmTicketCode, startTime };
  return { ...ticket, recordId, checkTime: startTime, gate: `gate-${made}`, account, objection: null };
}
