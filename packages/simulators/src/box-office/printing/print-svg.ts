import { escapeInMarkup } from '@ticket-check/runtime';
import type { PlacedText, TicketLayout } from './layout.ts';

const FONTS = "'Noto Sans SC', 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', sans-serif";

/** Draws tickets as SVG in millimetres, one below the other as on a roll. */
export function printSvg(tickets: readonly TicketLayout[]): string {
  const width = Math.max(...tickets.map((ticket) => ticket.width));
  const height = tickets.reduce((sum, ticket) => sum + ticket.height, 0);
  const size = `width="${rounded(width)}mm" height="${rounded(height)}mm" viewBox="0 0 ${rounded(width)} ${rounded(height)}"`;
  let top = 0;
  const drawn = tickets.map((ticket) => {
    const group = `<g transform="translate(0 ${rounded(top)})">${ticket.texts.map(drawText).join('')}${drawSymbol(ticket.symbol)}</g>\n`;
    top += ticket.height;
    return group;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${FONTS}">\n<rect width="100%" height="100%" fill="#fff"/>\n${drawn.join('')}</svg>\n`;
}

function drawText({ text, weight, size, x, y }: PlacedText): string {
  return `<text x="${rounded(x)}" y="${rounded(y)}" font-size="${size}" font-weight="${weight}">${escaped(text)}</text>`;
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
