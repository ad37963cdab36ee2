import { escapeInMarkup } from '@ticket-check/runtime';
import { type PrintedTicket, wordsOf } from './printed-ticket.ts';
import { sizedSymbol } from './symbol-size.ts';

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
export async function printSvg(tickets: readonly PrintedTicket[], symbolMm?: number): Promise<string> {
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
function drawTicket(ticket: PrintedTicket, symbol: Awaited<ReturnType<typeof sizedSymbol>>) {
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
