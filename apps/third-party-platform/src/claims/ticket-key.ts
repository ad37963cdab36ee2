import type { TicketIdentity } from '@ticket-check/protocol';
import type { TicketClaimRow } from './claim-tables.ts';

export type Ticket = TicketIdentity | Pick<TicketClaimRow, 'startTime' | 'cinemaCode' | 'filmTicketCode'>;

/** A ticket together with the check record that its entry is, or would be. */
export type Claim = Ticket & { readonly recordId: string };

/** The key of a ticket in maps, in the order of the primary key; none of the three can hold a space. */
export function keyOf({ startTime, cinemaCode, filmTicketCode }: Ticket): string {
  return `${startTime} ${cinemaCode} ${filmTicketCode}`;
}

/** The first of each ticket. */
export function onePerTicket<T extends Ticket>(tickets: readonly T[]): T[] {
  return [...new Map(tickets.toReversed().map((ticket) => [keyOf(ticket), ticket])).values()].reverse();
}

/** In one order, so that two processes which write the same tickets do not wait for each other in a circle. */
export function inKeyOrder<T extends Ticket>(tickets: readonly T[]): T[] {
  return tickets.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
}
