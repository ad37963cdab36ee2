import { expect, it } from 'vitest';
import { parseCinemaCode } from './codes.ts';
import { writeETicket } from './e-ticket.ts';
import type { Fen } from './money.ts';
import { testCinemaKey, testPrivateKey } from './testing/vectors.ts';
import { encodeTicketCode } from './ticket-code/encode-ticket-code.ts';
import { readTicketInHand, ticketOfCode } from './ticket-in-hand.ts';
import { parseWallClock } from './time.ts';

const ticket = {
  cinemaCode: parseCinemaCode('31010001'),
  filmTicketCode: '3101000100000795',
  screenCode: '0000000000000007',
  filmCode: '001102582019',
  sessionCode: '3101000120261124',
  startTime: parseWallClock('2026-11-24T20:00:00'),
  seatCode: '00000401_##8_##9',
  price: 4500 as Fen,
  service: 200 as Fen,
};
const code = encodeTicketCode(ticket, testPrivateKey('cinema-2048'));
const ofCode = { kind: 'code', code, cinemaCode: ticket.cinemaCode };

it('reads whatever somebody has in hand of a ticket, however it was pasted', () => {
  const qr = writeETicket({ host: 'tickets.example.cn:9000', code, time: 1_795_433_400, keyId: 'AAAAAAAAAAA' }, () =>
    Buffer.alloc(64),
  );
  const recordId = '019a0000-0000-7000-9400-000000000001';
  expect(readTicketInHand(code)).toEqual(ofCode);
  expect(readTicketInHand(` ${code.slice(0, 100)}\r\n${code.slice(100)} `)).toEqual(ofCode);
  expect(readTicketInHand(qr)).toEqual(ofCode);
  expect(readTicketInHand(` ${recordId.toUpperCase()}\n`)).toEqual({ kind: 'record', recordId });
  expect(readTicketInHand('3101 0001 0000 0795')).toEqual({ kind: 'number', filmTicketCode: ticket.filmTicketCode });
  expect(readTicketInHand('T0001')).toEqual({ kind: 'number', filmTicketCode: 'T000100000000000' });
  const token = 'abcdefghijklmnopqrstuv_-';
  expect(readTicketInHand(`https://tickets.example.cn/t/${token}`)).toEqual({ kind: 'link', token });
});

it.each(['', '  ', code.slice(0, 32), `${code}x`, 'https://example.cn/', 'https://a.cn/t/short', "'or 1=1 --"])(
  'takes %j for nothing of a ticket',
  (text) => {
    expect(readTicketInHand(text)).toBeNull();
  },
);

it('names the ticket of a code that a key of its cinema opens', () => {
  const { cinemaCode, filmTicketCode, startTime } = ticket;
  const now = parseWallClock('2026-11-24T19:50:00');
  expect(ticketOfCode(code, [testCinemaKey('cinema-2048')], now)).toEqual({ cinemaCode, filmTicketCode, startTime });
  expect(ticketOfCode(code, [testCinemaKey('cinema-1024')], now)).toBeNull();
  expect(ticketOfCode('rubbish', [], now)).toBeNull();
});
