import { addSeconds, type BusinessDate, businessDay, type TicketType } from '@ticket-check/protocol';
import { addSession, type BoxOffice, type Session, seededRandom, sell } from '../../box-office/index.ts';

/** After the beginning of the business date, at six in the morning. */
const FIRST_SHOW_SECONDS = 4 * 3600;
const SHOWS_A_SCREEN = 6;
const BETWEEN_SHOWS_SECONDS = 145 * 60;
/** The screens do not let in at the same time. */
const BETWEEN_SCREENS_SECONDS = 25 * 60;

/** The percentage of seats sold for each show of the day: the evening is full. */
const SOLD_OF_SHOW = [18, 30, 38, 62, 92, 45];

/** A day's sessions, with tickets sold for each. */
export function sellDay(boxOffice: BoxOffice, date: BusinessDate): Session[] {
  const { from } = businessDay(date);
  const sessions = boxOffice.screens.flatMap(({ screenCode }, screen) =>
    Array.from({ length: SHOWS_A_SCREEN }, (_, show) => {
      const after = FIRST_SHOW_SECONDS + show * BETWEEN_SHOWS_SECONDS + screen * BETWEEN_SCREENS_SECONDS;
      return addSession(boxOffice, { screenCode, startTime: addSeconds(from, after) });
    }),
  );
  sessions.forEach((session, index) => {
    sellSession(boxOffice, session, SOLD_OF_SHOW[index % SHOWS_A_SCREEN] ?? 0);
  });
  return sessions;
}

function sellSession(boxOffice: BoxOffice, { sessionCode, screenCode, startTime }: Session, ofHundred: number): void {
  const screen = boxOffice.screens.find((one) => one.screenCode === screenCode);
  if (screen === undefined) throw new Error(`session ${sessionCode} is on a screen that is not there`);
  const random = seededRandom(sessionCode);
  for (let rowNum = 1; rowNum <= screen.rows; rowNum += 1) {
    for (let columnNum = 1; columnNum <= screen.columns; columnNum += 1) {
      if (random(100) >= ofHundred) continue;
      const ticketType: TicketType = random(10) < 8 ? '网络售票' : '现场售票';
      const soldBefore = ticketType === '网络售票' ? 60 + random(36 * 3600) : 60 + random(3600);
      const now = addSeconds(startTime, -soldBefore);
      sell(boxOffice, { now, sessionCode, ticketType, seat: { rowNum, columnNum } });
    }
  }
}
