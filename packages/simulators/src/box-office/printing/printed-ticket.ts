import { formatYuan, type TicketRow } from '@ticket-check/protocol';

/** What a main ticket (主券) is printed from. */
export type PrintedTicket = TicketRow & { readonly ticketInfoCode: string };

/** A main ticket in words, with names for the codes of the ticket info code. Scheme 5.1.2, table 1. */
export type TicketWords = {
  readonly cinema: string;
  readonly film: string;
  /** The fields beside the symbol, one line each: `座位`, `5排7座`. */
  readonly fields: readonly (readonly [label: string, value: string])[];
  readonly number: readonly [label: string, value: string];
};

export function wordsOf(ticket: PrintedTicket): TicketWords {
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
  };
}

/** A ticket as lines of text, with the ticket info code in place of its symbol. */
export function printSlip(ticket: PrintedTicket): string {
  const { cinema, film, fields, number } = wordsOf(ticket);
  const lines = [...fields, number, ['影票信息码', ticket.ticketInfoCode]].map((words) => words.join(' '));
  return [cinema, film, ...lines, ''].join('\n');
}
