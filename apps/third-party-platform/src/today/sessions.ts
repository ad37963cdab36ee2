import type { SessionEntries } from '@ticket-check/check-records';
import { addSeconds, type WallClock } from '@ticket-check/protocol';
import type { CinemaToday, SessionToday } from './told.ts';

/** No length of a film is known: so long after its start a session counts as running, in seconds. */
const RUNS_SECONDS = 10_800;

/** From when on sessions run or will. */
export const runsSince = (at: WallClock): WallClock => addSeconds(at, -RUNS_SECONDS);

/** With more cinemas than these the sessions are shown of one that is asked for. */
const MAX_WITH_SESSIONS = 8;

/** Sessions that run or begin: a session is over once the next one in its screen has begun. The guests admitted to them are inside. */
export function runningSessions(sessions: readonly SessionEntries[], at: WallClock): SessionEntries[] {
  const screenOf = ({ cinemaCode, screenCode }: SessionEntries) => `${cinemaCode} ${screenCode}`;
  const since = runsSince(at);
  const latest = new Map<string, WallClock>();
  for (const session of sessions) {
    const { startTime } = session;
    const screen = screenOf(session);
    if (startTime <= at && startTime >= (latest.get(screen) ?? since)) latest.set(screen, startTime);
  }
  return sessions.filter((session) => session.startTime >= (latest.get(screenOf(session)) ?? since));
}

type Counted = { readonly cinemaCode: string; readonly entries: number };

/** What each cinema has, the fullest first, and the sessions of those where they are few. */
export function cinemasOf(counted: {
  readonly today: readonly Counted[];
  /** A week before, as far as the day has come. */
  readonly before: readonly Counted[];
  readonly running: readonly SessionEntries[];
  readonly at: WallClock;
}): { readonly Cinemas: CinemaToday[]; readonly Sessions: SessionToday[] | null } {
  const { today, before, running, at } = counted;
  const sum = (of: readonly Counted[]) => {
    const sums = new Map<string, number>();
    for (const { cinemaCode, entries } of of) sums.set(cinemaCode, (sums.get(cinemaCode) ?? 0) + entries);
    return sums;
  };
  const [entries, earlier, inside] = [sum(today), sum(before), sum(running)];
  const Cinemas = [...new Set([...entries.keys(), ...earlier.keys(), ...inside.keys()])]
    .map((CinemaCode) => ({
      CinemaCode,
      Entries: entries.get(CinemaCode) ?? 0,
      Before: earlier.get(CinemaCode) ?? 0,
      Inside: inside.get(CinemaCode) ?? 0,
    }))
    .sort((a, b) => b.Inside - a.Inside || b.Entries - a.Entries || (a.CinemaCode < b.CinemaCode ? -1 : 1));
  const Sessions = running
    .map(({ cinemaCode, startTime, screenCode, screenName, sessionCode, filmName, entries: Entries }) => ({
      ...{ CinemaCode: cinemaCode, StartTime: startTime, HasBegun: startTime <= at },
      ...{ ScreenCode: screenCode, ScreenName: screenName, SessionCode: sessionCode, FilmName: filmName, Entries },
    }))
    .sort((a, b) => (inOrder(a) < inOrder(b) ? -1 : 1));
  return { Cinemas, Sessions: Cinemas.length > MAX_WITH_SESSIONS ? null : Sessions };
}

const inOrder = ({ StartTime, CinemaCode, ScreenName, ScreenCode, SessionCode }: SessionToday) =>
  [StartTime, CinemaCode, ScreenName, ScreenCode, SessionCode].join('\n');
