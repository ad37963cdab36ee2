import { parseWallClock } from '@ticket-check/protocol';
import { addSession, type BoxOffice, sell, type Ticket } from '@ticket-check/simulators/box-office';
import { shanghaiTime } from './client.ts';

const TICKETS_A_SESSION = 60;

/** Sells any number of tickets, of sessions that begin in half an hour and, one second after the other, later. */
export function sellTickets(boxOffice: BoxOffice, count: number): Ticket[] {
  const tickets: Ticket[] = [];
  for (let session = 0; tickets.length < count; session++) {
    const startTime = parseWallClock(shanghaiTime(30 * 60 + session));
    // Selling again within seconds finds some of them sold out.
    if (boxOffice.sessions.filter((other) => other.startTime === startTime).length >= boxOffice.screens.length)
      continue;
    const { sessionCode } = addSession(boxOffice, { startTime });
    const now = parseWallClock(shanghaiTime());
    for (let sold = 0; sold < TICKETS_A_SESSION && tickets.length < count; sold++)
      tickets.push(sell(boxOffice, { now, sessionCode, ticketType: '网络售票' }));
  }
  return tickets;
}

export const sellTicket = (boxOffice: BoxOffice): Ticket => sellTickets(boxOffice, 1)[0]!;

/** The QueryData that asks for a ticket. Scheme 6.6.3.2. */
export const ticketQuery = ({ cinemaCode, filmTicketCode, startTime }: Ticket) => ({
  CinemaCode: cinemaCode,
  FilmTicketCode: filmTicketCode,
  StartTime: startTime,
});

/** What every message about a ticket says of it. */
const OF_A_TICKET =
  'ScreenCode ScreenName FilmCode FilmName SessionCode StartTime TicketType FilmTicketCode RowNum ColumnNum';

/** These elements of the scheme, each with what a ticket has under its name. */
const elementsOf = (ticket: Ticket, names: string): Record<string, unknown> => {
  const known: Readonly<Record<string, unknown>> = { ...ticket };
  const under = (name: string) => known[name.charAt(0).toLowerCase() + name.slice(1)];
  return Object.fromEntries(names.split(' ').map((name) => [name, under(name)]));
};

/** A check record as any sender of the scheme writes it. Scheme 6.6.2.3. */
export const checkRecord = (ticket: Ticket, changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...elementsOf(ticket, `TicketInfoCode ${OF_A_TICKET}`),
  ...{ CheckTime: shanghaiTime(), Price: ticket.price / 100, Service: ticket.service / 100 },
  ...changes,
});

/** The QueryData that reports records of one cinema. Scheme 6.6.2.2. */
export const reportQuery = (CinemaCode: string, ...CheckTickets: unknown[]) => ({ CinemaCode, CheckTickets });

/** What a plain platform answers to GetTicketInfo: the elements of the scheme, all of them texts. Scheme 6.6.3.4. */
export const plainTicket = (ticket: Ticket, changes: Record<string, string> = {}): Record<string, string> => ({
  ...(elementsOf(ticket, `CinemaCode CinemaName SellTime ${OF_A_TICKET}`) as Record<string, string>),
  ...{ RowNum: `${ticket.rowNum}`, ColumnNum: `${ticket.columnNum}` },
  ...{ Price: (ticket.price / 100).toFixed(2), Service: (ticket.service / 100).toFixed(2) },
  ...{ CheckStatus: 'No', RefundStatus: 'No', RefundTime: '' },
  ...changes,
});
