import { createHash } from 'node:crypto';
import { CODE_LENGTHS, parseSeatCode, type SeatCode } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import type { BoxOffice, Screen, Session } from './box-office.ts';

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
 * @throws ExpectedError if it is taken or not there, or the session is sold out.
 */
export function freeSeat(boxOffice: BoxOffice, session: Session, screen: Screen, wanted?: Seat): Seat {
  const refunded = new Set(boxOffice.refunds.map((refund) => refund.filmTicketCode));
  const taken = new Set(
    boxOffice.tickets
      .filter((ticket) => ticket.sessionCode === session.sessionCode && !refunded.has(ticket.filmTicketCode))
      .map((ticket) => keyOf(ticket)),
  );
  if (wanted === undefined) {
    const free = seatsOf(screen).find((seat) => !taken.has(keyOf(seat)));
    if (free === undefined) throw new ExpectedError(`Session ${session.sessionCode} is sold out.`);
    return free;
  }
  const { rowNum, columnNum } = wanted;
  if (!seatsOf(screen).some((seat) => keyOf(seat) === keyOf(wanted))) {
    throw new ExpectedError(`${screen.screenName} has no seat in row ${rowNum}, column ${columnNum}.`);
  }
  if (taken.has(keyOf(wanted))) {
    throw new ExpectedError(`The seat in row ${rowNum}, column ${columnNum} is sold already.`);
  }
  return wanted;
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
