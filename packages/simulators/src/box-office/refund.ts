import type { RefundRow, WallClock } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import type { BoxOffice } from './box-office.ts';
import { findTicket } from './sell.ts';

/**
 * Refunds a ticket: its seat is free again, and its code does not admit once the national platform knows.
 * @throws ExpectedError if no such ticket was sold or it was refunded before.
 */
export function refund(boxOffice: BoxOffice, filmTicketCode: string, now: WallClock): RefundRow {
  const { cinemaCode, startTime, filmTicketCode: code } = findTicket(boxOffice, filmTicketCode);
  const former = boxOffice.refunds.find((one) => one.filmTicketCode === code);
  if (former !== undefined) {
    throw new ExpectedError(`Ticket ${code} was refunded already, at ${former.refundTime}.`);
  }
  const refunded = { cinemaCode, filmTicketCode: code, startTime, refundTime: now };
  boxOffice.refunds.push(refunded);
  return refunded;
}
