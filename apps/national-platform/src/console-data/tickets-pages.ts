import {
  cinemaFilter,
  DataRefused,
  dateFilter,
  datesFrom,
  entriesOfTicket,
  list,
  type PageSet,
  type Reading,
  says,
  serveList,
  textOf,
  untilFilter,
} from '@ticket-check/admin';
import { type CheckRecordTables, column, columns } from '@ticket-check/check-records';
import {
  type BusinessDate,
  businessDay,
  type CinemaCode,
  CODE_LENGTHS,
  elementsJson,
  padCode,
  parseFilmTicketCode,
  parseWallClock,
  ticketInfoJson,
} from '@ticket-check/protocol';
import { pageOf, type Store } from '@ticket-check/storage';
import { z } from 'zod';
import type { CinemaTables } from '../cinemas/names.ts';
import type { TicketLookup } from '../tickets/get-ticket-info.ts';
import type { TicketTables } from '../tickets/write-tickets.ts';
import { type SessionRow, TICKET_ROW } from './rows.ts';
import { loadSessionTickets, loadSoldSessions } from './sold-tickets.ts';

type Source = {
  readonly store: Store<TicketTables & CinemaTables & CheckRecordTables>;
  readonly lookUpTicket: TicketLookup;
};

/**
 * Sold tickets of a cinema: the sessions of business dates, the tickets of a session, one ticket with its entries. Scheme 6.6.3.
 */
const tickets = list({
  name: 'tickets',
  rowsName: 'Tickets',
  title: { zh: '影票', en: 'Tickets' },
  permission: 'tickets.read',
  filters: {
    cinema: cinemaFilter,
    businessDate: dateFilter,
    until: untilFilter,
    start: textOf(parseWallClock)
      .optional()
      .meta(says('该时间开始的场次的影票', 'the tickets of the session that starts then')),
    ticket: textOf(parseTicket)
      .optional()
      .meta(says('与场次时间一起：一张影票及其入场记录', 'with its start: one ticket and its entries')),
  },
  row: TICKET_ROW,
  place: z.string(),
  rowsAPage: 50,
  live: 'none',
  async find(source: Source, { filters, after, limit }) {
    const { cinema, start, ticket } = filters;
    if (start === undefined || cinema === undefined) {
      if (ticket !== undefined) throw new DataRefused('no-start', 'A ticket is named by cinema, ticket and start.');
      return { rows: [], next: null, besides: { Sessions: await sessionsOf(source, filters) } };
    }
    if (ticket !== undefined) {
      const besides = await oneTicket(source, { cinemaCode: cinema, startTime: start, filmTicketCode: ticket });
      return { rows: [], next: null, besides };
    }
    const session = { cinemaCode: cinema, startTime: start };
    const found = await loadSessionTickets(source.store, session, { after: after ?? '', limit: limit + 1 });
    const { page, next } = pageOf(found, limit, ({ filmTicketCode }) => filmTicketCode);
    const rows = page.map((row) => ({
      ...elementsJson(row, 'FilmTicketCode', 'ScreenCode', 'RowNum', 'ColumnNum'),
      ...elementsJson(row, 'TicketType', 'RefundTime', 'CheckTime'),
    }));
    return { rows, next };
  },
  file: {
    columns: (_, { start }) =>
      start === undefined
        ? [
            ...columns('StartTime', 'ScreenCode', 'ScreenName', 'FilmName'),
            column('Sold', '售票', 'Sold'),
            ...columns('Refunded', 'Entered'),
          ]
        : [
            ...columns('FilmTicketCode', 'ScreenCode', 'RowNum', 'ColumnNum', 'TicketType', 'RefundTime'),
            column('CheckTime', '检票时间', 'Checked at'),
          ],
    rows: async (source, { filters }) => (filters.start === undefined ? sessionsOf(source, filters) : undefined),
  },
});

async function oneTicket({ store, lookUpTicket }: Source, ticket: Parameters<TicketLookup>[0]) {
  const [info, { entries, shown }] = await Promise.all([lookUpTicket(ticket), entriesOfTicket(store, ticket)]);
  // A guest may have entered with a ticket whose sale was not reported.
  if (info === null && entries.length === 0) throw new DataRefused('no-ticket', 'No such ticket is known here.', 404);
  return {
    Ticket: info === null ? null : ticketInfoJson(info, 'two-decimals', { extended: true }),
    ...shown,
  };
}

type Spanned = { cinema?: CinemaCode | undefined; businessDate: BusinessDate; until?: BusinessDate | undefined };

async function sessionsOf(
  { store }: Source,
  { cinema, businessDate, until = businessDate }: Spanned,
): Promise<SessionRow[]> {
  if (cinema === undefined) throw new DataRefused('no-cinema', 'Name the cinema: tickets are listed for one.');
  datesFrom(businessDate, until);
  const span = { from: businessDay(businessDate).from, until: businessDay(until).until };
  const found = await loadSoldSessions(store, cinema, span);
  return found.map((session) =>
    elementsJson(session, 'StartTime', 'ScreenCode', 'ScreenName', 'FilmName', 'Sold', 'Refunded', 'Entered'),
  );
}

/** Accepts a code without its leading zeros too. */
function parseTicket(text: string) {
  return parseFilmTicketCode(
    text.length < CODE_LENGTHS.filmTicketCode ? padCode(text, CODE_LENGTHS.filmTicketCode) : text,
  );
}

export const ticketsPages = (store: Source['store'], lookUpTicket: TicketLookup, reading: Reading): PageSet => ({
  name: 'tickets',
  screens: [{ path: '/tickets', permission: 'tickets.read', label: tickets.title }],
  ...serveList(tickets, { store, lookUpTicket }, reading),
});
