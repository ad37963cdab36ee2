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

/** Light modules around the symbol, as GB/T 18284 wants them. */
const QUIET_ZONE = 4;

/**
 * The QR Code symbol (GB/T 18284) of a ticket info code: 53 modules wide for the 180 characters of RSA-1024, 73 for the
 * 352 of RSA-2048. Scheme 5.1.2; readings T1 and C5.
 */
const SYMBOL = { errorCorrectionLevel: 'M', margin: QUIET_ZONE } as const;

/**
 * The symbol with its quiet zone as SVG, drawn at a place, and how wide it is with the quiet zone. All lengths are in millimetres.
 * @param mm the width of its modules; by default three dots a module at 300 dpi: 13.46 mm for RSA-1024, 18.54 mm for RSA-2048
 */
export async function sizedSymbol(ticketInfoCode: string, mm?: number) {
  const { size: modules } = QRCode.create(segments(ticketInfoCode), SYMBOL).modules;
  const module = (mm ?? (modules * USUAL_DOTS_PER_MODULE * MM_PER_INCH) / PRINTER_DPI) / modules;
  const side = module * (modules + 2 * QUIET_ZONE);
  const svg = await QRCode.toString(segments(ticketInfoCode), { ...SYMBOL, type: 'svg' });
  const at = (x: number, y: number) => svg.replace('<svg', `<svg x="${x}" y="${y}" width="${side}" height="${side}"`);
  return { side, at };
}

/** The symbol with its quiet zone as PNG: 3 pixels a module, meant for 300 dots per inch. */
export function printPng(ticketInfoCode: string): Promise<Buffer> {
  return QRCode.toBuffer(segments(ticketInfoCode), { ...SYMBOL, type: 'png', scale: USUAL_DOTS_PER_MODULE });
}

/** One run of bytes: the field's readers expect it, and the version then depends only on the length. */
function segments(ticketInfoCode: string): QRCode.QRCodeSegment[] {
  return [{ data: Buffer.from(ticketInfoCode, 'latin1'), mode: 'byte' }];
}
