import { type CinemaKey, decodeTicketCode, parseFen } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../../testing/browser.ts';
import { type BoxOffice, makeUkey, publicPart, rotateUkey, sell, type Ticket } from '../index.ts';
import { type Pixels, readSymbols } from '../testing/read-symbols.ts';
import { measureSymbol, renderSvg } from '../testing/rendered.ts';
import { at, NOW, openBoxOffice } from '../testing/scene.ts';
import { checkSymbolMm, printSvg } from './print-svg.ts';

// @module-tag process

/** What ticket printers print with. */
const DPI = 300;
const DOT = 25.4 / DPI;

const { boxOffice, sessions } = openBoxOffice();
/** A ticket for each screen, whose seats have codes of their own kind. */
const small = sessions.map(({ sessionCode }) => sell(boxOffice, { now: NOW, sessionCode, ticketType: '网络售票' }));
rotateUkey(boxOffice, makeUkey(at('18:50:00'), 2048));
const large = sell(boxOffice, { now: at('18:50:00'), sessionCode: sessions[0]!.sessionCode });

function expectSameTicket(text: string, ticket: Ticket, { ukeys }: BoxOffice = boxOffice): void {
  expect(text).toBe(ticket.ticketInfoCode);
  const keys: CinemaKey[] = ukeys.map((ukey) => ({ ...publicPart(ukey), startTime: ukey.startTime }));
  const { cinemaCode, filmTicketCode, screenCode, filmCode, sessionCode, startTime, seatCode, price, service } = ticket;
  expect(decodeTicketCode(text, keys).fields).toMatchObject({
    ...{ cinemaCode, filmTicketCode, screenCode, filmCode, sessionCode, startTime, seatCode, price, service },
  });
}

/** What a print head makes of a rendered page: each dot is black or left white. */
function blackAndWhite({ data, ...size }: Pixels): Pixels {
  return { ...size, data: data.map((value, index) => (index % 4 === 3 || value >= 128 ? 255 : 0)) };
}

async function expectSymbol(page: Pixels, ticket: Ticket, mm: number, modules: number): Promise<void> {
  for (const pixels of [page, blackAndWhite(page)]) {
    const symbols = await readSymbols(pixels);
    // Version 9 for the 180 characters of RSA-1024, 14 for RSA-2048.
    expect(symbols).toMatchObject([{ version: `${(modules - 17) / 4}`, ecLevel: 'M', format: 'QRCode' }]);
    expectSameTicket(symbols[0]!.text, ticket);
    const { width, height, hasQuietZone } = measureSymbol(pixels, symbols[0]!, modules, DPI);
    expect(Math.abs(width - mm)).toBeLessThanOrEqual(DOT);
    expect(Math.abs(height - mm)).toBeLessThanOrEqual(DOT);
    expect(hasQuietZone).toBe(true);
  }
}

describe('a ticket as SVG, printed at 300 dpi', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  const pageOf = async (tickets: readonly Ticket[], mm?: number) =>
    renderSvg(browser, await printSvg(tickets, mm), DPI);

  it.each([
    ['180 characters', 12, () => small[1]!, 53],
    ['352 characters', 14, () => large, 73],
  ])('has a symbol with its quiet zone that is read: %s at %i mm', async (_length, mm, ticketOf, modules) => {
    await expectSymbol(await pageOf([ticketOf()], mm), ticketOf(), mm, modules);
  });

  it('has a symbol of the size that was asked for, or of three dots a module', async () => {
    await expectSymbol(await pageOf([small[0]!], 20), small[0]!, 20, 53);
    await expectSymbol(await pageOf([large]), large, 73 * 3 * DOT, 73);
  });

  it.each([
    'The Extraordinarily Long Title of a Film 那些年我们一起走过的漫长的路'.repeat(2),
    `${'W'.repeat(60)}${'<&'.repeat(20)}`,
  ])('breaks names that are wider than the paper, and keeps them off the symbol: %s', async (filmName) => {
    const ticket = {
      ...small[0]!,
      cinemaName: '中国（上海）自由贸易试验区临港新片区星河国际影城',
      filmName,
      screenName: `IMAX激光厅-${'il'.repeat(20)}${'MW'.repeat(20)}`,
    };
    const svg = await printSvg([ticket], 30);
    await expectSymbol(await renderSvg(browser, svg, DPI), ticket, 30, 53);
    for (const part of wordsOn(ticket)) expect(textOf(svg)).toContain(part.replace(/\s/g, ''));
    const page = await browser.newPage();
    await page.setContent(svg);
    const rightEdges = await page
      .locator('text')
      .evaluateAll((texts) =>
        texts
          .map((text) => (text as unknown as { getBBox(): { x: number; width: number } }).getBBox())
          .map(({ x, width }) => x + width),
      );
    await page.close();
    expect(Math.max(...rightEdges)).toBeLessThan(80);
  });
});

/** The words of an SVG, whose lines may break anywhere. */
function textOf(svg: string): string {
  const lines = [...svg.matchAll(/<text [^>]*>([^<]*)/g)].map(([, line = '']) => line);
  const text = lines.join('').replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
  return text.replace(/\s/g, '');
}

it('refuses a symbol of less than 12 mm, naming the clause, and one that leaves no room', () => {
  expect(() => checkSymbolMm(11.99)).toThrow(ExpectedError);
  expect(() => checkSymbolMm(11.99)).toThrow('12 mm × 12 mm or larger, its quiet zone not counted (scheme 5.1.2)');
  expect(() => checkSymbolMm(Number.NaN)).toThrow(ExpectedError);
  expect(() => checkSymbolMm(31)).toThrow('wider than 30 mm');
});

/** What a guest reads on a main ticket. */
function wordsOn(ticket: Ticket): string[] {
  expect(ticket).toMatchObject({ startTime: at('19:30:00'), price: parseFen(4500) });
  return [
    ticket.cinemaName,
    ticket.filmName,
    `影厅${ticket.screenName}`,
    `座位${ticket.rowNum}排${ticket.columnNum}座`,
    '日期2026-11-24',
    '时间19:30',
    '票价45.00元',
    ticket.service === 0 ? '服务费0.00元' : '服务费3.00元',
    `票号${ticket.filmTicketCode}`,
  ];
}
