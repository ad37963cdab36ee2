import { parseWallClock } from '@ticket-check/protocol';
import { addSession, type BoxOffice, sell, type Ticket } from '@ticket-check/simulators/box-office';
import { shanghaiTime } from './client.ts';

const now = () => parseWallClock(shanghaiTime());

/** Sells tickets of a session that begins in half an hour. */
export function sellTickets(boxOffice: BoxOffice, count: number): Ticket[] {
  const session =
    boxOffice.sessions.find(
      ({ startTime }) => startTime > shanghaiTime(20 * 60) && startTime < shanghaiTime(40 * 60),
    ) ?? addSession(boxOffice, { startTime: parseWallClock(shanghaiTime(30 * 60)) });
  const { sessionCode } = session;
  return Array.from({ length: count }, () => sell(boxOffice, { now: now(), sessionCode, ticketType: '网络售票' }));
}

export function sellTicket(boxOffice: BoxOffice): Ticket {
  const [ticket] = sellTickets(boxOffice, 1);
  return ticket!;
}

const TICKETS_A_SESSION = 60;
const FIRST_SESSION_IN_SECONDS = 30 * 60;

/** Sells any number of tickets, of sessions that begin in half an hour and, one second after the other, later. */
export function sellMany(boxOffice: BoxOffice, count: number): Ticket[] {
  const tickets: Ticket[] = [];
  for (let session = 0; tickets.length < count; session++) {
    const startTime = parseWallClock(shanghaiTime(FIRST_SESSION_IN_SECONDS + session));
    // Selling again within seconds finds some of them sold out.
    if (boxOffice.sessions.filter((other) => other.startTime === startTime).length >= boxOffice.screens.length)
      continue;
    const { sessionCode } = addSession(boxOffice, { startTime });
    for (let sold = 0; sold < TICKETS_A_SESSION && tickets.length < count; sold++) {
      tickets.push(sell(boxOffice, { now: now(), sessionCode, ticketType: '网络售票' }));
    }
  }
  return tickets;
}

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
