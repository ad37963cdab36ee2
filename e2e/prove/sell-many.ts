import { parseWallClock } from '@ticket-check/protocol';
import { addSession, type BoxOffice, sell, type Ticket } from '@ticket-check/simulators/box-office';
import { shanghaiTime } from '../testing/client.ts';

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
    const now = parseWallClock(shanghaiTime());
    for (let sold = 0; sold < TICKETS_A_SESSION && tickets.length < count; sold++) {
      tickets.push(sell(boxOffice, { now, sessionCode, ticketType: '网络售票' }));
    }
  }
  return tickets;
}
