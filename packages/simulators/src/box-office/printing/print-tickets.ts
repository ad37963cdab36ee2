import { layOut, type TicketLayout } from './layout.ts';
import type { PrintedTicket } from './printed-ticket.ts';
import { symbolOf } from './symbol.ts';
import { checkSymbolMm, reliableSymbolMm, usualSymbolMm } from './symbol-size.ts';

/**
 * Places tickets on paper, with symbols of `symbolMm` or of the usual width.
 * @throws ExpectedError if that is smaller than the scheme allows (5.1.2), or too large.
 */
export function placeTickets(tickets: readonly PrintedTicket[], symbolMm?: number): TicketLayout[] {
  if (symbolMm !== undefined) checkSymbolMm(symbolMm);
  return tickets.map((ticket) => {
    const symbol = symbolOf(ticket.ticketInfoCode);
    return layOut(ticket, { ...symbol, mm: symbolMm ?? usualSymbolMm(symbol) });
  });
}

/** Returns a warning about symbols that are too small to be read reliably; null if there are none. */
export function sizeWarning(tickets: readonly TicketLayout[]): string | null {
  const needed = tickets
    .filter(({ symbol }) => symbol.mm < reliableSymbolMm(symbol))
    .map(({ symbol }) => reliableSymbolMm(symbol));
  if (needed.length === 0) return null;
  return `${needed.length} of ${tickets.length} symbols hold so much that not every 300 dpi print of this size is read: print them ${Math.max(...needed)} mm wide or wider.`;
}
