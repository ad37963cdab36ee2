import type { Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { sameColumns } from './same-columns.ts';

/** What identifies a ticket (reading X3), in the order of the key that every table of tickets begins with. */
export const TICKET_COLUMNS = { startTime: 'text', cinemaCode: 'text', filmTicketCode: 'text' } as const;

/** A ticket as its rows name it. */
export type TicketKey = { readonly [column in keyof typeof TICKET_COLUMNS]: string };

/** The key of a ticket in maps, in the order of the primary key; none of the three can hold a space. */
export function ticketText({ startTime, cinemaCode, filmTicketCode }: TicketKey): string {
  return `${startTime} ${cinemaCode} ${filmTicketCode}`;
}

/** Whether rows of two tables are about the same ticket, for a join or a condition. */
export const haveSameTicket = sameColumns(TICKET_COLUMNS);

/** Whether a row is of one of these tickets. */
export function isOfTickets(
  { rowsAsTable }: Pick<Store<unknown>, 'rowsAsTable'>,
  tickets: readonly TicketKey[],
): RawBuilder<boolean> {
  const given = rowsAsTable([...new Map(tickets.map((each) => [ticketText(each), each])).values()], TICKET_COLUMNS);
  return sql<boolean>`(start_time, cinema_code, film_ticket_code) in (
    select start_time, cinema_code, film_ticket_code from ${given} as given
  )`;
}
