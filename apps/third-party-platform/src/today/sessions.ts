import type { SessionEntries } from '@ticket-check/check-records';
import { addSeconds, elementsJson, type WallClock } from '@ticket-check/protocol';
import type { SessionToday, Today } from './told.ts';

/** No length of a film is known: so long after its start a session counts as running, in seconds. */
const RUNS_SECONDS = 10_800;

/** From when on sessions run or will. */
export const runsSince = (at: WallClock): WallClock => addSeconds(at, -RUNS_SECONDS);

/** With more cinemas than these the sessions are shown of one that is asked for. */
const MAX_WITH_SESSIONS = 8;

/** Sessions that run or begin: a session is over once the next one in its screen begins. The guests admitted to them are inside. */
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

/** Of more cinemas the fullest are named. */
const MAX_CINEMAS = 50;

/** What each cinema has, the fullest first, and the sessions of those where they are few. */
export function cinemasOf(counted: {
  readonly entries: ReadonlyMap<string, number>;
  /** A week before, as far as the day has come. */
  readonly before: ReadonlyMap<string, number>;
  /** By cinema; null if they could not be counted. */
  readonly running: ReadonlyMap<string, readonly SessionEntries[]> | null;
  readonly at: WallClock;
}): Pick<Today, 'Inside' | 'Cinemas' | 'CinemaCount' | 'Sessions'> {
  const { entries, before, running, at } = counted;
  const insideOf = (code: string) =>
    running && (running.get(code) ?? []).reduce((sum, session) => sum + session.entries, 0);
  const cinemas = [...new Set([...entries.keys(), ...before.keys(), ...(running?.keys() ?? [])])]
    .map((CinemaCode) => ({
      CinemaCode,
      Entries: entries.get(CinemaCode) ?? 0,
      Before: before.get(CinemaCode) ?? 0,
      Inside: insideOf(CinemaCode),
    }))
    .sort(
      (a, b) => (b.Inside ?? 0) - (a.Inside ?? 0) || b.Entries - a.Entries || (a.CinemaCode < b.CinemaCode ? -1 : 1),
    );
  return {
    Inside: running && cinemas.reduce((sum, { Inside }) => sum + (Inside ?? 0), 0),
    Cinemas: cinemas.slice(0, MAX_CINEMAS),
    CinemaCount: cinemas.length,
    Sessions: running && cinemas.length <= MAX_WITH_SESSIONS ? sessionsOf([...running.values()].flat(), at) : null,
  };
}

function sessionsOf(running: readonly SessionEntries[], at: WallClock): SessionToday[] {
  return running
    .map((session) => ({
      ...elementsJson(
        session,
        'CinemaCode',
        'StartTime',
        'ScreenCode',
        'ScreenName',
        'SessionCode',
        'FilmName',
        'Entries',
      ),
      HasBegun: session.startTime <= at,
    }))
    .sort((a, b) => (inOrder(a) < inOrder(b) ? -1 : 1));
}

const inOrder = ({ StartTime, CinemaCode, ScreenName, ScreenCode, SessionCode }: SessionToday) =>
  [StartTime, CinemaCode, ScreenName, ScreenCode, SessionCode].join('\n');
