import { escapeInMarkup } from '@ticket-check/runtime';
import type { PlacedText, TicketLayout } from './layout.ts';
import type { PlacedTickets } from './print-tickets.ts';
import { advanceOf, type Typeface } from './typeface.ts';

/**
 * Draws tickets as SVG in millimetres, one below the other as on a roll. Letters are outlines, so that a printer without a
 * Chinese font prints the same; the words stand beside them as `aria-label`.
 */
export function printSvg({ tickets, typeface }: PlacedTickets): string {
  const width = Math.max(...tickets.map((ticket) => ticket.width));
  const height = tickets.reduce((sum, ticket) => sum + ticket.height, 0);
  const size = `width="${rounded(width)}mm" height="${rounded(height)}mm" viewBox="0 0 ${rounded(width)} ${rounded(height)}"`;
  let top = 0;
  const drawn = tickets.map((ticket) => {
    const content = `${ticket.texts.map((text) => drawText(text, typeface)).join('')}${drawSymbol(ticket.symbol)}`;
    const group = `<g transform="translate(0 ${rounded(top)})">${content}</g>\n`;
    top += ticket.height;
    return group;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>\n<rect width="100%" height="100%" fill="#fff"/>\n${drawn.join('')}</svg>\n`;
}

function drawText({ text, weight, size, x, y }: PlacedText, typeface: Typeface): string {
  let left = x;
  const runs = typeface.runs(text, weight).map((run) => {
    const scale = size / run.file.font.unitsPerEm;
    let advance = 0;
    const glyphs = run.file.font.layout(run.text).glyphs.map((glyph) => {
      const path = `<path transform="translate(${advance} 0)" d="${glyph.path.toSVG()}"/>`;
      advance += glyph.advanceWidth;
      return path;
    });
    const place = `translate(${rounded(left)} ${rounded(y)}) scale(${scale} ${-scale})`;
    left += advanceOf(run, size);
    return `<g transform="${place}">${glyphs.join('')}</g>`;
  });
  return `<g role="img" aria-label="${escaped(text)}">${runs.join('')}</g>`;
}

function drawSymbol({ x, y, mm, modules, runs }: TicketLayout['symbol']): string {
  const path = runs.map((run) => `M${run.x} ${run.y}h${run.length}v1h-${run.length}z`).join('');
  const place = `translate(${rounded(x)} ${rounded(y)}) scale(${mm / modules})`;
  return `<path transform="${place}" shape-rendering="crispEdges" d="${path}"/>`;
}

const rounded = (mm: number) => Number(mm.toFixed(4));

function escaped(text: string): string {
  return escapeInMarkup(text).replace(/\p{Cc}/gu, ' ');
}
