import { ProtocolError } from '../errors.ts';

/** How a ticket was sold, in the words of the scheme: at the counter or over the network. Scheme 6.6.2.2.2.9. */
export const TICKET_TYPES = ['现场售票', '网络售票'] as const;
export type TicketType = (typeof TICKET_TYPES)[number];

/** Reads a ticket type. Throws INVALID_TICKET_TYPE. Scheme 6.6.2.2.2.9. */
export const parseTicketType = (text: string): TicketType => {
  const type = TICKET_TYPES.find((known) => known === text);
  if (type === undefined) throw new ProtocolError('INVALID_TICKET_TYPE', 'must be 现场售票 or 网络售票');
  return type;
};
