import { type PrintedTicket, wordsOf } from './printed-ticket.ts';
import { type QrSymbol, withQuietZone } from './symbol.ts';

/** A line of text; `y` is its baseline. Millimetres from the upper left corner of the ticket. */
export type PlacedText = {
  readonly text: string;
  readonly weight: 'normal' | 'bold';
  readonly size: number;
  readonly x: number;
  readonly y: number;
};

/** A symbol and its width without the quiet zone. */
type SizedSymbol = QrSymbol & { readonly mm: number };

/** A ticket as it stands on paper, in millimetres. */
export type TicketLayout = {
  readonly width: number;
  readonly height: number;
  readonly texts: readonly PlacedText[];
  /** The place of the symbol without its quiet zone, which is left free around it. */
  readonly symbol: SizedSymbol & { readonly x: number; readonly y: number };
};

/** The rolls of ticket printers. */
const PAPER_WIDTH = 80;
const LEAST_HEIGHT = 60;
const MARGIN = 5;
const GAP = 1;
const LABEL_WIDTH = 11;
const LINE = 1.35;
const SIZES = { cinema: 3.6, film: 5.2, field: 3.2 };

/** Places the words of a ticket and, on the right, its symbol. Long names take more lines. */
export function layOut(ticket: PrintedTicket, symbol: SizedSymbol): TicketLayout {
  const words = wordsOf(ticket);
  const side = withQuietZone(symbol);
  const quietZone = (side - symbol.mm) / 2;
  const full = PAPER_WIDTH - 2 * MARGIN;
  const texts: PlacedText[] = [];
  let y = MARGIN;

  function write(text: string, weight: PlacedText['weight'], size: number, x: number, width: number): void {
    for (const line of wrap(text, width / size)) {
      y += size * LINE;
      // A font's letters hang below the baseline by about a quarter of its size.
      texts.push({ text: line, weight, size, x, y: y - size * (LINE - 1) });
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
  return {
    width: PAPER_WIDTH,
    height: Math.max(LEAST_HEIGHT, y + MARGIN),
    texts,
    symbol: { ...symbol, x: PAPER_WIDTH - MARGIN - side + quietZone, y: top + quietZone },
  };
}

const byWords = new Intl.Segmenter('zh', { granularity: 'word' });
const byGraphemes = new Intl.Segmenter('zh', { granularity: 'grapheme' });

/** Cuts a text into lines of at most `ems` ems, between words where it can be. */
function wrap(text: string, ems: number): string[] {
  const lines: string[] = [];
  let line = '';
  const parts = partsOf(text, byWords).flatMap((word) => (emsOf(word) > ems ? partsOf(word, byGraphemes) : [word]));
  for (const part of parts) {
    if (line !== '' && emsOf(line + part) > ems) {
      lines.push(line.trimEnd());
      line = part.trimStart();
    } else line += part;
  }
  return [...lines, line.trimEnd()];
}

/** Characters that every font draws narrower than two thirds of an em. */
const NARROW = /[a-ln-vx-z0-9 .,:;'"()/-]/;

/** The most that a text is wide: which font draws it is unknown. */
function emsOf(text: string): number {
  return Array.from(text).reduce((ems, character) => ems + (NARROW.test(character) ? 2 / 3 : 1), 0);
}

function partsOf(text: string, segmenter: Intl.Segmenter): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
