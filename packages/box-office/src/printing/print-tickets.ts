import { layOut, type TicketLayout } from './layout.ts';
import { type PrintedTicket, wordsOf } from './printed-ticket.ts';
import { symbolOf } from './symbol.ts';
import { checkSymbolMm, reliableSymbolMm, usualSymbolMm } from './symbol-size.ts';
import { loadTypeface, type Typeface } from './typeface.ts';

/** Tickets as they stand on paper, with the glyphs that they are drawn with. */
export type PlacedTickets = {
  readonly tickets: readonly TicketLayout[];
  readonly typeface: Typeface;
  /** What whoever prints should know, in words. */
  readonly warnings: readonly string[];
};

/**
 * Places tickets on paper, with symbols of `symbolMm` or of the usual width.
 * @throws ExpectedError where that is smaller than the scheme allows (5.1.2), or too large.
 */
export async function placeTickets(tickets: readonly PrintedTicket[], symbolMm?: number): Promise<PlacedTickets> {
  if (symbolMm !== undefined) checkSymbolMm(symbolMm);
  const words = tickets.map(wordsOf);
  const typeface = await loadTypeface({
    bold: words.flatMap(({ cinema, film }) => [cinema, film]),
    regular: words.flatMap(({ fields, number }) => [...fields, number].flat()),
  });
  const placed = tickets.map((ticket) => {
    const symbol = symbolOf(ticket.ticketInfoCode);
    return layOut(wordsOf(ticket), { ...symbol, mm: symbolMm ?? usualSymbolMm(symbol) }, typeface);
  });
  return { tickets: placed, typeface, warnings: [...sizeWarnings(placed), ...fontWarnings(typeface)] };
}

function sizeWarnings(tickets: readonly TicketLayout[]): string[] {
  const needed = tickets
    .filter(({ symbol }) => symbol.mm < reliableSymbolMm(symbol))
    .map(({ symbol }) => reliableSymbolMm(symbol));
  if (needed.length === 0) return [];
  return [
    `${needed.length} of ${tickets.length} symbols hold so much that not every 300 dpi print of this size is read: print them ${Math.max(...needed)} mm wide or wider.`,
  ];
}

function fontWarnings({ missing }: Typeface): string[] {
  return missing.length === 0 ? [] : [`The font has no ${missing.join(' ')}: printed as □.`];
}
