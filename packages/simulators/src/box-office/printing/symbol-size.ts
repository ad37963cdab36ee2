import { ExpectedError } from '@ticket-check/runtime';
import type { QrSymbol } from './symbol.ts';

/** The least width of a symbol on a main ticket. Scheme 5.1.2. */
const LEAST_MM = 12;
/** Beyond it no room is left for the words. */
const MAX_MM = 30;

const MM_PER_INCH = 25.4;
const PRINTER_DPI = 300;
/** With three dots a module every module is as wide as the others. */
const USUAL_DOTS_PER_MODULE = 3;
/**
 * With thinner modules a 300 dpi print is not always readable: not if it is rotated, or if modules fall badly on the dots.
 */
const LEAST_MODULE_MM = 0.19;

/**
 * Takes the width of a symbol, which is that of its modules: the quiet zone around them comes on top.
 * @throws ExpectedError if it is smaller than the scheme allows, or too large for a ticket.
 */
export function checkSymbolMm(mm: number): number {
  if (mm < LEAST_MM) {
    throw new ExpectedError(
      `The QR symbol of a main ticket must be ${LEAST_MM} mm × ${LEAST_MM} mm or larger, its quiet zone not counted (scheme 5.1.2).`,
    );
  }
  if (!(mm <= MAX_MM))
    throw new ExpectedError(`A QR symbol wider than ${MAX_MM} mm leaves no room for the words of a ticket.`);
  return mm;
}

/** The usual width: three dots a module at 300 dpi, 13.46 mm for RSA-1024 and 18.54 mm for RSA-2048. */
export function usualSymbolMm({ modules }: QrSymbol): number {
  return Math.max(LEAST_MM, (modules * USUAL_DOTS_PER_MODULE * MM_PER_INCH) / PRINTER_DPI);
}

/** The width from which a symbol is read reliably from a 300 dpi print: 12 mm for RSA-1024, 14 mm for RSA-2048. */
export function reliableSymbolMm({ modules }: QrSymbol): number {
  return Math.max(LEAST_MM, Math.ceil(modules * LEAST_MODULE_MM));
}
