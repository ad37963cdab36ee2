import PDFDocument from 'pdfkit';
import type { TicketLayout } from './layout.ts';
import type { PlacedTickets } from './print-tickets.ts';
import { advanceOf, type Typeface } from './typeface.ts';

const POINTS_PER_MM = 72 / 25.4;

/** Draws tickets as PDF, a page each. Its fonts are embedded, with the glyphs that are used and no others. */
export function printPdf({ tickets, typeface }: PlacedTickets): AsyncIterable<Uint8Array> {
  const document = new PDFDocument({ autoFirstPage: false, margin: 0, lang: 'zh-CN', info: { Title: '电影票' } });
  for (const { name, bytes } of typeface.files) document.registerFont(name, bytes);
  for (const ticket of tickets) drawPage(document, ticket, typeface);
  document.end();
  return document as AsyncIterable<Uint8Array>;
}

function drawPage(
  document: PDFKit.PDFDocument,
  { width, height, texts, symbol }: TicketLayout,
  typeface: Typeface,
): void {
  document.addPage({ size: [width * POINTS_PER_MM, height * POINTS_PER_MM], margin: 0 });
  document.scale(POINTS_PER_MM);
  for (const { text, weight, size, x, y } of texts) {
    let left = x;
    for (const run of typeface.runs(text, weight)) {
      document.font(run.file.name).fontSize(size).text(run.text, left, y, { lineBreak: false, baseline: 'alphabetic' });
      left += advanceOf(run, size);
    }
  }
  const module = symbol.mm / symbol.modules;
  for (const run of symbol.runs) {
    document.rect(symbol.x + run.x * module, symbol.y + run.y * module, run.length * module, module);
  }
  // One shape: rows that were painted one by one would leave hairlines between them.
  document.fill('black');
}
