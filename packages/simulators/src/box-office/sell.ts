import {
  encodeTicketCode,
  type FilmTicketCode,
  parseFen,
  parseFilmTicketCode,
  type RefundRow,
  type TicketType,
  type WallClock,
} from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import type { BoxOffice, Ticket } from './box-office.ts';
import { digits, systemRandom } from './cinema.ts';
import { findSession, freeSeat, type Seat, screenOf, seatCodeOf } from './sessions.ts';
import { openUkey, type Ukey } from './ukeys/ukey.ts';

const NO_SERVICE = parseFen(0);
const NETWORK_SERVICE = parseFen(300);

export type SellOptions = {
  now: WallClock;
  sessionCode: string;
  /** By default the first free one. */
  seat?: Seat;
  /** `现场售票` (at the counter) by default. */
  ticketType?: TicketType;
};

/**
 * Sells a ticket and makes its code with the newest Ukey that is in use. Scheme 5.1.2.
 * @throws ExpectedError if there is no such session, seat or Ukey in use.
 */
export function sell(boxOffice: BoxOffice, options: SellOptions): Ticket {
  const { now, ticketType = '现场售票' } = options;
  const session = findSession(boxOffice, options.sessionCode);
  const screen = screenOf(boxOffice, session);
  const film = boxOffice.films.find((one) => one.filmCode === session.filmCode);
  const seat = freeSeat(boxOffice, session, screen, options.seat);
  const content = {
    cinemaCode: boxOffice.cinema.cinemaCode,
    filmTicketCode: nextTicketCode(boxOffice),
    screenCode: screen.screenCode,
    filmCode: session.filmCode,
    sessionCode: session.sessionCode,
    startTime: session.startTime,
    seatCode: seatCodeOf(screen, seat),
    price: session.price,
    service: ticketType === '网络售票' ? NETWORK_SERVICE : NO_SERVICE,
  };
  const ticket: Ticket = {
    ...content,
    cinemaName: boxOffice.cinema.cinemaName,
    screenName: screen.screenName,
    filmName: film?.filmName ?? '',
    ticketType,
    sellTime: now,
    ...seat,
    ticketInfoCode: encodeTicketCode(content, openUkey(ukeyInUse(boxOffice, now))),
  };
  boxOffice.tickets.push(ticket);
  return ticket;
}

/** A running number makes it unique in the cinema, random digits make it hard to guess. */
function nextTicketCode(boxOffice: BoxOffice): FilmTicketCode {
  const number = String(boxOffice.tickets.length + 1).padStart(8, '0');
  return parseFilmTicketCode(number + digits(systemRandom, 8));
}

/** The newest Ukey that is in use, which makes the codes of tickets. */
export function ukeyInUse(boxOffice: BoxOffice, now: WallClock): Ukey {
  const started = boxOffice.ukeys.filter((ukey) => ukey.startTime <= now);
  const newest = started.toSorted((a, b) => (a.startTime < b.startTime ? 1 : -1))[0];
  if (newest === undefined) throw new ExpectedError(`No Ukey of this cinema is in use at ${now}.`);
  return newest;
}

/** @throws ExpectedError if no such ticket was sold. */
export function findTicket(boxOffice: BoxOffice, filmTicketCode: string): Ticket {
  const ticket = boxOffice.tickets.find((one) => one.filmTicketCode === filmTicketCode);
  if (ticket === undefined) throw new ExpectedError(`No ticket ${filmTicketCode} was sold here.`);
  return ticket;
}

/**
 * Refunds a ticket: its seat is free again, and its code does not admit once the national platform knows.
 * @throws ExpectedError if no such ticket was sold or it was refunded before.
 */
export function refund(boxOffice: BoxOffice, filmTicketCode: string, now: WallClock): RefundRow {
  const { cinemaCode, startTime, filmTicketCode: code } = findTicket(boxOffice, filmTicketCode);
  const former = boxOffice.refunds.find((one) => one.filmTicketCode === code);
  if (former !== undefined) {
    throw new ExpectedError(`Ticket ${code} was refunded already, at ${former.refundTime}.`);
  }
  const refunded = { cinemaCode, filmTicketCode: code, startTime, refundTime: now };
  boxOffice.refunds.push(refunded);
  return refunded;
}

/**
 * Replaces the Ukey from the start of another one on; a later start announces it. Tickets that were sold before keep their codes
 * under the old key. Scheme 5.1.5.
 * @throws ExpectedError if a Ukey starts at that time or later already.
 */
export function rotateUkey(boxOffice: BoxOffice, ukey: Ukey): void {
  const later = boxOffice.ukeys.find((other) => other.startTime >= ukey.startTime);
  if (later !== undefined) {
    throw new ExpectedError(`A new Ukey must start after ${later.startTime}, when the present one does.`);
  }
  boxOffice.ukeys.push(ukey);
}
