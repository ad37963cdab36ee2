import { type TicketKey, ticketText } from '@ticket-check/check-records';

/** A ticket together with the check record that its entry is, or would be. */
export type Claim = TicketKey & { readonly recordId: string };

/** The first of each ticket. */
export function onePerTicket<T extends TicketKey>(tickets: readonly T[]): T[] {
  return [...new Map(tickets.toReversed().map((ticket) => [ticketText(ticket), ticket])).values()].reverse();
}

/** In one order, so that two processes which write the same tickets do not wait for each other in a circle. */
export function inKeyOrder<T extends TicketKey>(tickets: readonly T[]): T[] {
  return tickets.toSorted((a, b) => (ticketText(a) < ticketText(b) ? -1 : ticketText(a) > ticketText(b) ? 1 : 0));
}
