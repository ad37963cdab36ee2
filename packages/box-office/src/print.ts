import { formatYuan } from '@ticket-check/protocol';
import QRCode from 'qrcode';
import type { Ticket } from './box-office.ts';

/** Light modules around the symbol, as GB/T 18284 wants them. */
const QUIET_ZONE = 4;
/** Three dots of a 300 dpi printer; thinner modules are read unreliably. */
const DOTS_PER_MODULE = 3;
const PRINTER_DPI = 300;
const MM_PER_INCH = 25.4;
const LEAST_SYMBOL_MM = 12;

/**
 * A QR Code symbol (GB/T 18284, error correction M) of a ticket info code as SVG. Its width and height are in
 * millimetres with the quiet zone: the symbol itself is at least 12 mm wide, 13.5 mm for the 180 characters of
 * RSA-1024. Scheme 5.1.2; readings T1 and C5.
 */
export async function printSvg(ticketInfoCode: string): Promise<string> {
  const svg = await QRCode.toString(segments(ticketInfoCode), { ...SYMBOL, type: 'svg' });
  const side = `${sideMm(ticketInfoCode).toFixed(2)}mm`;
  return svg.replace('<svg ', `<svg width="${side}" height="${side}" `);
}

/** The same symbol as PNG: 3 pixels a module, meant for 300 dots per inch. */
export function printPng(ticketInfoCode: string): Promise<Buffer> {
  return QRCode.toBuffer(segments(ticketInfoCode), { ...SYMBOL, type: 'png', scale: DOTS_PER_MODULE });
}

/** What stands on the paper beside the symbol, as lines of text. */
export function printSlip(ticket: Ticket): string {
  return [
    ticket.cinemaName,
    `${ticket.filmName}  ${ticket.startTime.slice(0, 16).replace('T', ' ')}`,
    `${ticket.screenName}  ${ticket.rowNum}排${ticket.columnNum}座`,
    `票价 ${formatYuan(ticket.price)}元  服务费 ${formatYuan(ticket.service)}元  ${ticket.ticketType}`,
    `影票编码 ${ticket.filmTicketCode}`,
    `影票信息码 ${ticket.ticketInfoCode}`,
    '',
  ].join('\n');
}

const SYMBOL = { errorCorrectionLevel: 'M', margin: QUIET_ZONE } as const;

/** One run of bytes: the field's readers expect it, and the version follows from the length alone. */
function segments(ticketInfoCode: string): QRCode.QRCodeSegment[] {
  return [{ data: Buffer.from(ticketInfoCode, 'latin1'), mode: 'byte' }];
}

function sideMm(ticketInfoCode: string): number {
  const { size } = QRCode.create(segments(ticketInfoCode), SYMBOL).modules;
  const moduleMm = Math.max((DOTS_PER_MODULE * MM_PER_INCH) / PRINTER_DPI, LEAST_SYMBOL_MM / size);
  return moduleMm * (size + 2 * QUIET_ZONE);
}
