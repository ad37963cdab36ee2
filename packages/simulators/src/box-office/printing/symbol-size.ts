import { ExpectedError } from '@ticket-check/runtime';
import QRCode from 'qrcode';

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

/** Light modules around the symbol, as GB/T 18284 wants them. */
const QUIET_ZONE = 4;

/** Adjacent dark modules in one row, counted from the upper left corner of the symbol. */
type Run = { readonly x: number; readonly y: number; readonly length: number };

/** A QR Code symbol without its quiet zone: how many modules it is wide, and which of them are dark. */
export type QrSymbol = { readonly modules: number; readonly runs: readonly Run[] };

const SYMBOL = { errorCorrectionLevel: 'M', margin: QUIET_ZONE } as const;

/**
 * The QR Code symbol (GB/T 18284) of a ticket info code: 53 modules wide for the 180 characters of RSA-1024, 73 for the
 * 352 of RSA-2048. Scheme 5.1.2; readings T1 and C5.
 */
export function symbolOf(ticketInfoCode: string): QrSymbol {
  const { size, data } = QRCode.create(segments(ticketInfoCode), SYMBOL).modules;
  const runs: Run[] = [];
  for (let y = 0; y < size; y += 1) {
    const row = data.subarray(y * size, (y + 1) * size);
    for (let x = row.indexOf(1); x !== -1; ) {
      const light = row.indexOf(0, x);
      const end = light === -1 ? size : light;
      runs.push({ x, y, length: end - x });
      x = row.indexOf(1, end);
    }
  }
  return { modules: size, runs };
}

/** The width of a symbol with its quiet zone, in millimetres. */
export function withQuietZone({ modules, mm }: { modules: number; mm: number }): number {
  return (mm * (modules + 2 * QUIET_ZONE)) / modules;
}

/** The symbol with its quiet zone as PNG: 3 pixels a module, meant for 300 dots per inch. */
export function printPng(ticketInfoCode: string): Promise<Buffer> {
  return QRCode.toBuffer(segments(ticketInfoCode), { ...SYMBOL, type: 'png', scale: 3 });
}

/** One run of bytes: the field's readers expect it, and the version then depends only on the length. */
function segments(ticketInfoCode: string): QRCode.QRCodeSegment[] {
  return [{ data: Buffer.from(ticketInfoCode, 'latin1'), mode: 'byte' }];
}
