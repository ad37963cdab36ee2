import { type CinemaKey, decodeTicketCode } from '@ticket-check/protocol';
import { describe, expect, it } from 'vitest';
import { type BoxOffice, printPng, printSlip, printSvg, publicPart, rotateUkey, sell, type Ticket } from './index.ts';
import { drawSvg, readSymbols } from './testing/read-symbols.ts';
import { at, NOW, openBoxOffice } from './testing/scene.ts';

function keysOf(boxOffice: BoxOffice): CinemaKey[] {
  return boxOffice.ukeys.map((ukey) => ({ ...publicPart(ukey), startTime: ukey.startTime }));
}

function expectSameTicket(text: string, ticket: Ticket, boxOffice: BoxOffice): void {
  expect(text).toBe(ticket.ticketInfoCode);
  expect(decodeTicketCode(text, keysOf(boxOffice)).fields).toMatchObject({
    cinemaCode: ticket.cinemaCode,
    filmTicketCode: ticket.filmTicketCode,
    screenCode: ticket.screenCode,
    filmCode: ticket.filmCode,
    sessionCode: ticket.sessionCode,
    startTime: ticket.startTime,
    seatCode: ticket.seatCode,
    price: ticket.price,
    service: ticket.service,
  });
}

describe('a printed symbol', () => {
  it('is read from its PNG as the same ticket, for the seat codes of every screen', async () => {
    const { boxOffice, sessions } = openBoxOffice();
    for (const { sessionCode } of sessions) {
      const ticket = sell(boxOffice, { now: NOW, sessionCode, ticketType: '网络售票' });
      const symbols = await readSymbols(await printPng(ticket.ticketInfoCode));
      expect(symbols).toHaveLength(1);
      expectSameTicket(symbols[0]!.text, ticket, boxOffice);
    }
  });

  it('is read from its SVG, drawn at 3 dots a module, as the same ticket', async () => {
    const { boxOffice, sessions } = openBoxOffice();
    const ticket = sell(boxOffice, { now: NOW, sessionCode: sessions[0]!.sessionCode });
    const symbols = await readSymbols(drawSvg(await printSvg(ticket.ticketInfoCode), 3));
    expect(symbols).toHaveLength(1);
    expectSameTicket(symbols[0]!.text, ticket, boxOffice);
  });

  it('is QR Code version 9-M for the 180 characters of RSA-1024, and larger for RSA-2048', async () => {
    const { boxOffice, sessions } = openBoxOffice();
    const { sessionCode } = sessions[0]!;
    const old = sell(boxOffice, { now: NOW, sessionCode });
    rotateUkey(boxOffice, { startTime: at('18:50:00'), bits: 2048 });
    const large = sell(boxOffice, { now: at('18:50:00'), sessionCode });
    expect(old.ticketInfoCode).toHaveLength(180);
    expect(large.ticketInfoCode).toHaveLength(352);

    const [small] = await readSymbols(await printPng(old.ticketInfoCode));
    expect(small).toMatchObject({ version: '9', ecLevel: 'M', format: 'QRCode' });
    const [big] = await readSymbols(await printPng(large.ticketInfoCode));
    expect(big).toMatchObject({ version: '14', ecLevel: 'M' });
    expectSameTicket(big!.text, large, boxOffice);
  });

  it('says its size in millimetres: the symbol at least 12 mm, with a quiet zone of 4 modules', async () => {
    const { boxOffice, sessions } = openBoxOffice();
    const svg = await printSvg(sell(boxOffice, { now: NOW, sessionCode: sessions[0]!.sessionCode }).ticketInfoCode);
    const [, width, height, modules] = /^<svg width="([\d.]+)mm" height="([\d.]+)mm" .*viewBox="0 0 (\d+) \d+"/.exec(
      svg,
    )!;
    expect(width).toBe(height);
    expect(Number(modules)).toBe(53 + 8);
    expect((Number(width) * 53) / 61).toBeGreaterThanOrEqual(12);
    expect((Number(width) * 53) / 61).toBeLessThan(14);
  });
});

it('prints a slip with what a guest needs to know', () => {
  const { boxOffice, sessions } = openBoxOffice();
  const ticket = sell(boxOffice, {
    now: NOW,
    sessionCode: sessions[1]!.sessionCode,
    seat: { rowNum: 5, columnNum: 7 },
  });
  const slip = printSlip(ticket);
  for (const text of [
    boxOffice.cinema.cinemaName,
    ticket.filmName,
    '2026-11-24 19:30',
    '2号巨幕厅',
    '5排7座',
    '票价 45.00元',
    ticket.filmTicketCode,
    ticket.ticketInfoCode,
  ]) {
    expect(slip).toContain(text);
  }
});
