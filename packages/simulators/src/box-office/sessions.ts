import {
  type Fen,
  type FilmCode,
  parseFen,
  parseSessionCode,
  type ScreenCode,
  type SessionCode,
  type WallClock,
} from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import type { BoxOffice, Screen, Session } from './box-office.ts';

const USUAL_PRICE = parseFen(4500);

export type AddSessionOptions = {
  startTime: WallClock;
  /** By default the first screen that is free at that time. */
  screenCode?: ScreenCode;
  /** By default the films take turns. */
  filmCode?: FilmCode;
  price?: Fen;
};

/**
 * Adds a session.
 * @throws ExpectedError if the screen or the film is unknown, or no screen is free at that time.
 */
export function addSession(boxOffice: BoxOffice, options: AddSessionOptions): Session {
  const { startTime, screenCode, filmCode, price = USUAL_PRICE } = options;
  const { films, sessions, screens } = boxOffice;
  const taken = new Set(sessions.filter((other) => other.startTime === startTime).map((other) => other.screenCode));
  const screen = screens.find((one) => (screenCode ?? one.screenCode) === one.screenCode && !taken.has(one.screenCode));
  if (screen === undefined) {
    throw new ExpectedError(
      screenCode === undefined || screens.some((one) => one.screenCode === screenCode)
        ? `No screen is free for a session at ${startTime}.`
        : `There is no screen ${screenCode}.`,
    );
  }
  const film =
    filmCode === undefined ? films[sessions.length % films.length] : films.find((one) => one.filmCode === filmCode);
  if (film === undefined) throw new ExpectedError(`There is no film ${filmCode}.`);
  const session = {
    sessionCode: makeSessionCode(startTime, screens.indexOf(screen) + 1),
    screenCode: screen.screenCode,
    filmCode: film.filmCode,
    startTime,
    price,
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

/** The screen that a session is shown on. */
export function screenOf(boxOffice: BoxOffice, session: Session): Screen {
  const screen = boxOffice.screens.find((one) => one.screenCode === session.screenCode);
  if (screen === undefined) throw new Error(`session ${session.sessionCode} is on a screen that is not there`);
  return screen;
}
