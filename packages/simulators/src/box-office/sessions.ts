import { createHash } from 'node:crypto';
import {
  CODE_LENGTHS,
  parseFen,
  parseSeatCode,
  parseSessionCode,
  type ScreenCode,
  type SeatCode,
  type SessionCode,
  type WallClock,
} from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import type { BoxOffice, Screen, Session } from './box-office.ts';

const USUAL_PRICE = parseFen(4500);

/**
 * Adds a session.
 * @param screenCode by default that of the first screen that is free at that time
 * @throws ExpectedError if no such screen is free.
 */
export function addSession(
  boxOffice: BoxOffice,
  { startTime, screenCode }: { startTime: WallClock; screenCode?: ScreenCode },
): Session {
  const { films, sessions, screens } = boxOffice;
  const taken = new Set(sessions.filter((other) => other.startTime === startTime).map((other) => other.screenCode));
  const screen = screens.find((one) => (screenCode ?? one.screenCode) === one.screenCode && !taken.has(one.screenCode));
  if (screen === undefined) throw new ExpectedError(`No screen is free for a session at ${startTime}.`);
  // The films take turns.
  const film = films[sessions.length % films.length];
  if (film === undefined) throw new ExpectedError('The cinema has no film.');
  const session = {
    sessionCode: makeSessionCode(startTime, screens.indexOf(screen) + 1),
    screenCode: screen.screenCode,
    filmCode: film.filmCode,
    startTime,
    price: USUAL_PRICE,
  };
  sessions.push(session);
  return session;
}

/** The start to the second and the screen's number: `2026112419300002`. A screen shows one film at a time. */
function makeSessionCode(startTime: WallClock, screenNumber: number): SessionCode {
  return parseSessionCode(startTime.replace(/\D/g, '') + String(screenNumber).padStart(2, '0'));
}

/** @throws ExpectedError if there is no such session. */
export function findSession(boxOffice: BoxOffice, sessionCode: string): Session {
  const session = boxOffice.sessions.find((one) => one.sessionCode === sessionCode);
  if (session === undefined) throw new ExpectedError(`There is no session ${sessionCode}.`);
  return session;
}

export function screenOf(boxOffice: BoxOffice, session: Session): Screen {
  const screen = boxOffice.screens.find((one) => one.screenCode === session.screenCode);
  if (screen === undefined) throw new Error(`session ${session.sessionCode} is on a screen that is not there`);
  return screen;
}

export type Seat = { readonly rowNum: number; readonly columnNum: number };

/** A seat's code in the manner of its screen; nothing may be read out of it. Reading T5. */
export function seatCodeOf(screen: Screen, seat: Seat): SeatCode {
  const { rowNum, columnNum } = seat;
  switch (screen.seatStyle) {
    case 'number': {
      const number = (rowNum - 1) * screen.columns + columnNum;
      return parseSeatCode(String(number).padStart(CODE_LENGTHS.seatCode, '0'));
    }
    case 'marked': {
      const place = `_##${rowNum}_##${columnNum}`;
      const hall = screen.screenCode.slice(-(CODE_LENGTHS.seatCode - place.length));
      return parseSeatCode(hall + place);
    }
    case 'letters': {
      const digest = createHash('sha256').update(`${screen.screenCode}/${rowNum}/${columnNum}`).digest('hex');
      return parseSeatCode(digest.slice(0, CODE_LENGTHS.seatCode).toUpperCase());
    }
  }
}

/**
 * The seat that was asked for, or the first free one. A refunded seat is free again.
 * @throws ExpectedError if it is taken, or the session is sold out.
 */
export function freeSeat(boxOffice: BoxOffice, session: Session, screen: Screen, wanted?: Seat): Seat {
  const refunded = new Set(boxOffice.refunds.map((refund) => refund.filmTicketCode));
  const taken = new Set(
    boxOffice.tickets
      .filter((ticket) => ticket.sessionCode === session.sessionCode && !refunded.has(ticket.filmTicketCode))
      .map(keyOf),
  );
  const isFree = (seat: Seat) => !taken.has(keyOf(seat));
  if (wanted !== undefined && !isFree(wanted))
    throw new ExpectedError(`The seat in row ${wanted.rowNum}, column ${wanted.columnNum} is sold already.`);
  const seat = wanted ?? seatsOf(screen).find(isFree);
  if (seat === undefined) throw new ExpectedError(`Session ${session.sessionCode} is sold out.`);
  return seat;
}

function seatsOf({ rows, columns }: Screen): Seat[] {
  return Array.from({ length: rows * columns }, (_, index) => ({
    rowNum: Math.floor(index / columns) + 1,
    columnNum: (index % columns) + 1,
  }));
}

function keyOf({ rowNum, columnNum }: Seat): string {
  return `${rowNum}/${columnNum}`;
}
