import { formatYuan } from '@ticket-check/protocol';
import { ExpectedError, escapeInMarkup } from '@ticket-check/runtime';
import QRCode from 'qrcode';
import type { Ticket } from '../box-office.ts';

/** The least width of a symbol on a main ticket. Scheme 5.1.2. */
const LEAST_MM = 12;
/** Beyond it no room is left for the words. */
const MAX_MM = 30;

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
/** Three dots of a printer of 300 dpi: every module is as wide as the others. */
const USUAL_MODULE_MM = (3 * 25.4) / 300;

/**
 * The QR Code symbol (GB/T 18284) of a ticket info code with its quiet zone as SVG, drawn at a place, and how wide that is: 53 modules
 * for the 180 characters of RSA-1024, 73 for the 352 of RSA-2048. Scheme 5.1.2; readings T1 and C5.
 * @param mm the width of its modules; by default three dots a module at 300 dpi: 13.46 mm for RSA-1024, 18.54 mm for RSA-2048
 */
async function sizedSymbol(ticketInfoCode: string, mm?: number) {
  // One run of bytes: the field's readers expect it, and the version then depends only on the length.
  const data: QRCode.QRCodeSegment[] = [{ data: Buffer.from(ticketInfoCode, 'latin1'), mode: 'byte' }];
  const options = { errorCorrectionLevel: 'M', margin: QUIET_ZONE } as const;
  const { size } = QRCode.create(data, options).modules;
  const side = (mm === undefined ? USUAL_MODULE_MM : mm / size) * (size + 2 * QUIET_ZONE);
  const svg = await QRCode.toString(data, { ...options, type: 'svg' });
  const at = (x: number, y: number) => svg.replace('<svg', `<svg x="${x}" y="${y}" width="${side}" height="${side}"`);
  return { side, at };
}

/** A main ticket (主券) in words, with names for the codes of the ticket info code; `fields` are printed beside the symbol. Scheme 5.1.2, table 1. */
function wordsOf(ticket: Ticket) {
  const [date = '', time = ''] = ticket.startTime.split('T');
  return {
    cinema: ticket.cinemaName,
    film: ticket.filmName,
    fields: [
      ['影厅', ticket.screenName],
      ['座位', `${ticket.rowNum}排${ticket.columnNum}座`],
      ['日期', date],
      ['时间', time.slice(0, 5)],
      ['票价', `${formatYuan(ticket.price)}元`],
      ['服务费', `${formatYuan(ticket.service)}元`],
      ['票类', ticket.ticketType],
    ],
    number: ['票号', ticket.filmTicketCode],
  } as const;
}

const FONTS = "'Noto Sans SC', 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', sans-serif";

/** The rolls of ticket printers; all lengths are in millimetres. */
const PAPER_WIDTH = 80;
const LEAST_HEIGHT = 60;
const MARGIN = 5;
const GAP = 1;
const LABEL_WIDTH = 11;
const LINE = 1.35;
const SIZES = { cinema: 3.6, film: 5.2, field: 3.2 };

/**
 * Draws tickets as SVG in millimetres, one below the other as on a roll.
 * @param symbolMm the width of each symbol without its quiet zone; by default three dots a module
 */
export async function printSvg(tickets: readonly Ticket[], symbolMm?: number): Promise<string> {
  let height = 0;
  let groups = '';
  for (const ticket of tickets) {
    const drawn = drawTicket(ticket, await sizedSymbol(ticket.ticketInfoCode, symbolMm));
    groups += `<g transform="translate(0 ${rounded(height)})">${drawn.svg}</g>\n`;
    height += drawn.height;
  }
  const size = `width="${PAPER_WIDTH}mm" height="${rounded(height)}mm" viewBox="0 0 ${PAPER_WIDTH} ${rounded(height)}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${FONTS}">\n<rect width="100%" height="100%" fill="#fff"/>\n${groups}</svg>\n`;
}

/** Draws the words of a ticket and, on the right, its symbol with the quiet zone left free. Long names take more lines. */
function drawTicket(ticket: Ticket, symbol: Awaited<ReturnType<typeof sizedSymbol>>) {
  const words = wordsOf(ticket);
  const { side } = symbol;
  const full = PAPER_WIDTH - 2 * MARGIN;
  let svg = '';
  let y = MARGIN;

  function write(text: string, weight: 'normal' | 'bold', size: number, x: number, width: number): void {
    for (const line of wrap(text, width / size)) {
      y += size * LINE;
      // A font's letters hang below the baseline by about a quarter of its size.
      const baseline = rounded(y - size * (LINE - 1));
      svg += `<text x="${rounded(x)}" y="${baseline}" font-size="${size}" font-weight="${weight}">${escaped(line)}</text>`;
    }
  }

  function writeField([label, value]: readonly [string, string], width: number): void {
    const top = y;
    write(label, 'normal', SIZES.field, MARGIN, LABEL_WIDTH);
    y = top;
    write(value, 'normal', SIZES.field, MARGIN + LABEL_WIDTH, width - LABEL_WIDTH);
  }

  write(words.cinema, 'bold', SIZES.cinema, MARGIN, full);
  write(words.film, 'bold', SIZES.film, MARGIN, full);
  y += GAP;
  const top = y;
  for (const field of words.fields) writeField(field, full - side - GAP);
  y = Math.max(y, top + side);
  writeField(words.number, full);
  svg += symbol.at(rounded(PAPER_WIDTH - MARGIN - side), rounded(top));
  return { svg, height: Math.max(LEAST_HEIGHT, y + MARGIN) };
}

const rounded = (mm: number) => Number(mm.toFixed(4));

function escaped(text: string): string {
  return escapeInMarkup(text).replace(/\p{Cc}/gu, ' ');
}

/** Characters that every font draws narrower than two thirds of an em. */
const NARROW = /[a-ln-vx-z0-9 .,:;'"()/-]/;

/** Cuts a text into lines of at most `ems` ems, whatever font draws it. */
function wrap(text: string, ems: number): string[] {
  const lines = [''];
  let width = 0;
  for (const character of text) {
    const wide = NARROW.test(character) ? 2 / 3 : 1;
    if (width + wide > ems) {
      lines.push('');
      width = 0;
    }
    width += wide;
    lines[lines.length - 1] += character;
  }
  return lines.map((line) => line.trim());
}
