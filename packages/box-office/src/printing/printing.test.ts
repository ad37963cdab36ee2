// @module-tag process
import { buffer } from 'node:stream/consumers';
import { launchBrowser } from '@ticket-check/browser';
import { type CinemaKey, decodeTicketCode, parseFen } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BoxOffice, publicPart, rotateUkey, sell, type Ticket } from '../index.ts';
import { measureSymbol } from '../testing/measure-symbol.ts';
import { type Pixels, readSymbols } from '../testing/read-symbols.ts';
import { renderPdf } from '../testing/render-pdf.ts';
import { renderSvg } from '../testing/render-svg.ts';
import { at, NOW, openBoxOffice } from '../testing/scene.ts';
import { printPdf } from './print-pdf.ts';
import { printSvg } from './print-svg.ts';
import { placeTickets } from './print-tickets.ts';
import { printSlip } from './printed-ticket.ts';
import { printPng } from './symbol.ts';

/** What ticket printers print with. */
const DPI = 300;
const DOT = 25.4 / DPI;

const { boxOffice, sessions } = openBoxOffice();
/** A ticket for each screen, whose seats have codes of their own kind. */
const small = sessions.map(({ sessionCode }) => sell(boxOffice, { now: NOW, sessionCode, ticketType: '网络售票' }));
rotateUkey(boxOffice, { startTime: at('18:50:00'), bits: 2048 });
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
    expect(symbols).toHaveLength(1);
    expectSameTicket(symbols[0]!.text, ticket);
    const { width, height, quietZone } = measureSymbol(pixels, symbols[0]!, DPI);
    expect(Math.abs(width - mm)).toBeLessThanOrEqual(DOT);
    expect(Math.abs(height - mm)).toBeLessThanOrEqual(DOT);
    expect(quietZone).toBeGreaterThanOrEqual((4 * mm) / modules - DOT);
  }
}

const pdfOf = async (tickets: readonly Ticket[], mm?: number) => buffer(printPdf(await placeTickets(tickets, mm)));

describe('a ticket as PDF, printed at 300 dpi', () => {
  it.each([
    ['180 characters', 12, () => small[0]!, 53],
    ['352 characters', 14, () => large, 73],
  ])('has a symbol with its quiet zone that is read: %s at %i mm', async (_length, mm, ticketOf, modules) => {
    const [page] = await renderPdf(await pdfOf([ticketOf()], mm), DPI);
    await expectSymbol(page!.pixels, ticketOf(), mm, modules);
  });

  it('has a symbol of the size that was asked for, or of three dots a module', async () => {
    const [asked] = await renderPdf(await pdfOf([small[0]!], 20), DPI);
    await expectSymbol(asked!.pixels, small[0]!, 20, 53);
    const [usual] = await renderPdf(await pdfOf([large]), DPI);
    await expectSymbol(usual!.pixels, large, 73 * 3 * DOT, 73);
  });

  it('says in words what the code holds in codes, in a font that is embedded', async () => {
    const file = await pdfOf(small);
    const pages = await renderPdf(file, 72);
    expect(pages).toHaveLength(small.length);
    for (const [index, { text }] of pages.entries()) {
      const words = text.replace(/\s/g, '');
      for (const part of wordsOn(small[index]!)) expect(words).toContain(part);
    }
    expect(file.includes('/FontFile2')).toBe(true);
    // The whole font has ten million bytes.
    expect(file.length).toBeLessThan(100_000);
  });

  it('breaks names that are wider than the paper, and keeps them off the symbol', async () => {
    const ticket = {
      ...small[0]!,
      cinemaName: '中国（上海）自由贸易试验区临港新片区星河国际影城',
      filmName: 'The Extraordinarily Long Title of a Film 那些年我们一起走过的漫长的路'.repeat(2),
      screenName: `IMAX激光厅-${'il'.repeat(40)}`,
    };
    const [page] = await renderPdf(await pdfOf([ticket], 30), DPI);
    await expectSymbol(page!.pixels, ticket, 30, 53);
    const words = page!.text.replace(/\s/g, '');
    for (const part of wordsOn(ticket)) expect(words).toContain(part.replace(/\s/g, ''));
  });
});

describe('a ticket as SVG, in a browser at 300 dpi', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  it.each([
    ['180 characters', 12, () => small[1]!, 53],
    ['352 characters', 14, () => large, 73],
  ])('has a symbol with its quiet zone that is read: %s at %i mm', async (_length, mm, ticketOf, modules) => {
    const svg = printSvg(await placeTickets([ticketOf()], mm));
    await expectSymbol(await renderSvg(browser, svg, DPI), ticketOf(), mm, modules);
    const words = [...svg.matchAll(/aria-label="([^"]*)"/g)].map(([, text]) => text).join('');
    for (const part of wordsOn(ticketOf())) expect(words).toContain(part);
  });

  it('has all tickets one below the other', async () => {
    const symbols = await readSymbols(await renderSvg(browser, printSvg(await placeTickets(small)), DPI));
    expect(symbols.map(({ text }) => text).toSorted()).toEqual(small.map((one) => one.ticketInfoCode).toSorted());
  });
});

it('refuses a symbol of less than 12 mm, naming the clause, and one that leaves no room', async () => {
  await expect(placeTickets(small, 11.99)).rejects.toThrow(ExpectedError);
  await expect(placeTickets(small, 11.99)).rejects.toThrow(
    '12 mm × 12 mm or larger, its quiet zone not counted (scheme 5.1.2)',
  );
  await expect(placeTickets(small, Number.NaN)).rejects.toThrow(ExpectedError);
  await expect(placeTickets(small, 31)).rejects.toThrow('wider than 30 mm');
});

it('warns of symbols that are not always read at their size, and says from which size on they are', async () => {
  const tickets = [small[0]!, large];
  expect((await placeTickets(tickets, 12)).warnings).toEqual([
    expect.stringMatching(/^1 of 2 symbols .* print them 14 mm wide or wider\.$/),
  ]);
  expect((await placeTickets(tickets, 14)).warnings).toEqual([]);
  expect((await placeTickets(tickets)).warnings).toEqual([]);
});

it('prints a box for a character that the font does not have, and says so', async () => {
  const placed = await placeTickets([{ ...small[0]!, filmName: '𠀀之夜\u0007' }], 12);
  expect(placed.warnings).toEqual(['The font has no 𠀀 \u0007: printed as □.']);
  const [page] = await renderPdf(await buffer(printPdf(placed)), 72);
  expect(page!.text).toContain('□之夜□');
});

it('prints the symbol alone as PNG: version 9-M for the 180 characters of RSA-1024, 14-M for RSA-2048', async () => {
  const [read] = await readSymbols(await printPng(small[0]!.ticketInfoCode));
  expect(read).toMatchObject({ version: '9', ecLevel: 'M', format: 'QRCode' });
  expectSameTicket(read!.text, small[0]!);
  const [big] = await readSymbols(await printPng(large.ticketInfoCode));
  expect(big).toMatchObject({ version: '14', ecLevel: 'M' });
  expectSameTicket(big!.text, large);
});

it('prints a slip of text with the same words', () => {
  const slip = printSlip(small[1]!);
  for (const part of [...wordsOn(small[1]!), small[1]!.ticketInfoCode])
    expect(slip.replaceAll(' ', '')).toContain(part);
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
