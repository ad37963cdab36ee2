import type { Ticket } from '@ticket-check/simulators/box-office';
import { checkRecord } from '../../testing/tickets.ts';

/** What GetTicketInfo knows and a code does not: blank in a record that was made without the platform. Reading R5. */
const BLANKS: Readonly<Record<string, unknown>> = {
  ScreenName: '',
  FilmName: '',
  TicketType: '',
  RowNum: 0,
  ColumnNum: 0,
};
const AMOUNTS: ReadonlySet<string> = new Set(['Price', 'Service']);

/**
 * Compares every element of a check record (scheme 6.6.2.2.2) but CheckTime with the ticket as the box office sold it;
 * answers those that differ, as `Price 46 instead of 45`. `mayBeBlank`: the record may lack what its code does not hold.
 */
export function differences(
  record: Readonly<Record<string, unknown>>,
  ticket: Ticket,
  { mayBeBlank = false } = {},
): string[] {
  const { CheckTime: _, ...sold } = checkRecord(ticket);
  if (record.CinemaCode !== undefined) sold.CinemaCode = ticket.cinemaCode;
  return Object.entries(sold)
    .filter(([name, expected]) => {
      const found = AMOUNTS.has(name) ? Number(record[name]) : record[name];
      return found !== expected && !(mayBeBlank && name in BLANKS && found === BLANKS[name]);
    })
    .map(([name, expected]) => `${name} ${JSON.stringify(record[name])} instead of ${JSON.stringify(expected)}`);
}

/** Whether a record has everything that only GetTicketInfo knows. */
export const isComplete = (record: { TicketType: string }): boolean => record.TicketType !== '';

/** What a verdict says of the ticket, where it says anything, against the ticket as it was sold. */
export function differencesInVerdict(verdict: Readonly<Record<string, unknown>>, ticket: Ticket): string[] {
  const sold = {
    FilmTicketCode: ticket.filmTicketCode,
    ScreenCode: ticket.screenCode,
    SeatCode: ticket.seatCode,
    StartTime: ticket.startTime,
    ScreenName: ticket.screenName,
    FilmName: ticket.filmName,
    RowNum: ticket.rowNum,
    ColumnNum: ticket.columnNum,
  };
  return Object.entries(sold)
    .filter(([name, expected]) => verdict[name] !== undefined && verdict[name] !== expected)
    .map(([name, expected]) => `${name} ${JSON.stringify(verdict[name])} instead of ${JSON.stringify(expected)}`);
}
