import type { TicketIdentity } from '@ticket-check/protocol';

/** Names a ticket. */
export type TicketKey = string;

export const ticketKey = ({ cinemaCode, filmTicketCode, startTime }: TicketIdentity): TicketKey =>
  [cinemaCode, filmTicketCode, startTime].join(' ');
