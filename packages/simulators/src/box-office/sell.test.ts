import { decodeTicketCode, type ProtocolError } from '@ticket-check/protocol';
import { describe, expect, it } from 'vitest';
import { addSession, type BoxOffice, makeUkey, publicPart, rotateUkey, sell, type Ticket } from './index.ts';
import { at, NOW, OPENING, openBoxOffice } from './testing/scene.ts';

/** Which of the cinema's Ukeys made a ticket's code. */
function ukeyOf(boxOffice: BoxOffice, { ticketInfoCode }: Ticket): number {
  return boxOffice.ukeys.findIndex((ukey) => {
    try {
      decodeTicketCode(ticketInfoCode, [{ ...publicPart(ukey), startTime: ukey.startTime }]);
      return true;
    } catch (error) {
      expect((error as ProtocolError).code).toBe('CODE_NOT_GENUINE');
      return false;
    }
  });
}

describe('sell', () => {
  it('sells every seat once, under a code of its own, until the session is sold out', () => {
    const { boxOffice, sessions } = openBoxOffice();
    const { sessionCode } = sessions[0]!;
    const { rows, columns } = boxOffice.screens[0]!;
    const tickets = Array.from({ length: rows * columns }, () => sell(boxOffice, { now: NOW, sessionCode }));
    expect(() => sell(boxOffice, { now: NOW, sessionCode })).toThrow(`Session ${sessionCode} is sold out.`);
    expect(new Set(tickets.map(({ rowNum, columnNum }) => `${rowNum}/${columnNum}`)).size).toBe(rows * columns);
    expect(new Set(tickets.map((ticket) => ticket.seatCode)).size).toBe(rows * columns);
    expect(new Set(tickets.map((ticket) => ticket.filmTicketCode)).size).toBe(rows * columns);
    for (const { filmTicketCode } of tickets) expect(filmTicketCode).toMatch(/^\d{16}$/);
  });

  it('writes seat codes in the ways of the field', () => {
    const { boxOffice, sessions } = openBoxOffice();
    const seat = { rowNum: 8, columnNum: 9 };
    const codes = sessions.map(({ sessionCode }) => sell(boxOffice, { now: NOW, sessionCode, seat }).seatCode);
    expect(codes[0]).toBe('0000000000000093');
    expect(codes[1]).toBe('00000002_##8_##9');
    expect(codes[2]).toMatch(/^[0-9A-F]{16}$/);
    const wide = sell(boxOffice, {
      now: NOW,
      sessionCode: sessions[1]!.sessionCode,
      seat: { rowNum: 9, columnNum: 12 },
    });
    expect(wide.seatCode).toBe('0000002_##9_##12');
  });

  it('refuses a seat that is taken, and a session that is not there', () => {
    const { boxOffice, sessions } = openBoxOffice();
    const { sessionCode } = sessions[0]!;
    const seat = { rowNum: 1, columnNum: 2 };
    sell(boxOffice, { now: NOW, sessionCode, seat });
    expect(() => sell(boxOffice, { now: NOW, sessionCode, seat })).toThrow('is sold already');
    expect(() => sell(boxOffice, { now: NOW, sessionCode: '1' })).toThrow('There is no session 1.');
    expect(boxOffice.tickets).toHaveLength(1);
  });
});

describe('rotateUkey', () => {
  it('makes new tickets with the new key from its start on and leaves old ones under the old key', () => {
    const { boxOffice, sessions } = openBoxOffice();
    const { sessionCode } = sessions[0]!;
    const before = sell(boxOffice, { now: NOW, sessionCode });
    const code = before.ticketInfoCode;
    rotateUkey(boxOffice, makeUkey(at('19:00:00')));
    const announced = sell(boxOffice, { now: at('18:59:59'), sessionCode });
    const after = sell(boxOffice, { now: at('19:00:00'), sessionCode });
    expect([before, announced, after].map((ticket) => ukeyOf(boxOffice, ticket))).toEqual([0, 0, 1]);
    expect(before.ticketInfoCode).toBe(code);
  });

  it('refuses a key that would start before the present one', () => {
    const { boxOffice } = openBoxOffice();
    expect(() => rotateUkey(boxOffice, makeUkey(OPENING))).toThrow('must start after');
    expect(boxOffice.ukeys).toHaveLength(1);
  });

  it('sells nothing before the first key is in use', () => {
    const { boxOffice, sessions } = openBoxOffice();
    const sale = () => sell(boxOffice, { now: at('09:59:59'), sessionCode: sessions[0]!.sessionCode });
    expect(sale).toThrow('No Ukey of this cinema is in use');
    expect(boxOffice.tickets).toHaveLength(0);
  });
});

describe('addSession', () => {
  it('gives each session a code of its own and a free screen', () => {
    const { boxOffice, sessions } = openBoxOffice();
    expect(new Set(sessions.map((session) => session.sessionCode)).size).toBe(3);
    expect(new Set(sessions.map((session) => session.screenCode)).size).toBe(3);
    for (const { sessionCode } of sessions) expect(sessionCode).toMatch(/^20261124193000\d\d$/);
    expect(() => addSession(boxOffice, { startTime: at('19:30:00') })).toThrow('No screen is free');
    const screenCode = boxOffice.screens[1]!.screenCode;
    expect(addSession(boxOffice, { startTime: at('22:00:00'), screenCode }).screenCode).toBe(screenCode);
  });
});
