import { formatYuan, ProtocolError, parseRow, readTicketCode, type TicketRow, ticketRow } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';

/** What a main ticket (主券) is printed from. */
export type PrintedTicket = TicketRow & { readonly ticketInfoCode: string };

/** A main ticket in words, with names for the codes of the ticket info code; `fields` are printed beside the symbol. Scheme 5.1.2, table 1. */
export function wordsOf(ticket: PrintedTicket) {
  const [date = '', time = ''] = ticket.startTime.split('T');
  return {
    cinema: ticket.cinemaName,
    film: ticket.filmName,
    fields: [
      ['影厅', ticket.screenName],
      ['座位', `${ticket.rowNum}排${ticket.columnNum}座`],
      ['日期', date],
      ['时间', time.slice(0, 5)],
      ['票价', `${formatYuan(ticket.price)}元`],
      ['服务费', `${formatYuan(ticket.service)}元`],
      ['票类', ticket.ticketType],
    ],
    number: ['票号', ticket.filmTicketCode],
  } as const;
}

/**
 * Reads tickets as `sell` prints them: an object a line, with the elements of GetTicketInfo's ReplyData up to Service and
 * TicketInfoCode. Empty lines are passed over.
 *
 * @throws ExpectedError naming the first line that is no such ticket, and why.
 */
export function readTickets(ndjson: string, name: string): PrintedTicket[] {
  const tickets: PrintedTicket[] = [];
  for (const [index, line] of ndjson.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      tickets.push(readTicket(line));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      throw new ExpectedError(`Line ${index + 1} of ${name}: ${error.message}. Nothing was printed.`, { cause: error });
    }
  }
  if (tickets.length === 0) throw new ExpectedError(`There is no ticket in ${name}.`);
  return tickets;
}

function readTicket(line: string): PrintedTicket {
  const row = parseJson(line);
  const ticket = parseRow(ticketRow, row);
  const { TicketInfoCode: ticketInfoCode } = row as { TicketInfoCode?: unknown };
  if (typeof ticketInfoCode !== 'string') throw new ProtocolError('MISSING_ELEMENT', 'TicketInfoCode is missing');
  const { cinemaCode } = readTicketCode(ticketInfoCode);
  if (cinemaCode !== ticket.cinemaCode) {
    throw new ProtocolError(
      'INVALID_CODE',
      `TicketInfoCode is a code of cinema ${cinemaCode}, the ticket one of ${ticket.cinemaCode}`,
    );
  }
  return { ...ticket, ticketInfoCode };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new ProtocolError('INVALID_JSON', 'it is not JSON');
  }
}
