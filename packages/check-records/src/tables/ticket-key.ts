/** What identifies a ticket (reading X3), in the order of the key that every table of tickets begins with. */
export const TICKET_COLUMNS = { startTime: 'text', cinemaCode: 'text', filmTicketCode: 'text' } as const;

/** A ticket as its rows name it. */
export type TicketKey = { readonly [column in keyof typeof TICKET_COLUMNS]: string };

/** The key of a ticket in maps, in the order of the primary key; none of the three can hold a space. */
export function ticketText({ startTime, cinemaCode, filmTicketCode }: TicketKey): string {
  return `${startTime} ${cinemaCode} ${filmTicketCode}`;
}
