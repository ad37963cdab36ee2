import type { SessionEntries } from '@ticket-check/check-records';
import { parseWallClock } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { cinemasOf, runningSessions } from './sessions.ts';

const AT = parseWallClock('2026-11-24T20:00:00');

const session = (cinemaCode: string, screenCode: string, start: string, entries = 1) =>
  ({
    ...{ cinemaCode, screenCode, sessionCode: start, screenName: screenCode, filmName: '', entries },
    startTime: `2026-11-24T${start}:00`,
  }) as SessionEntries;

it('has a session run for three hours, or until the next one in its screen begins; what begins later is one too', () => {
  const sessions = [
    session('1', 'A', '16:59'),
    session('1', 'B', '17:00'),
    session('1', 'C', '17:30'),
    session('1', 'C', '19:30'),
    session('1', 'C', '21:00'),
    session('2', 'C', '17:30'),
  ];
  const running = runningSessions(sessions, AT).map((one) => `${one.cinemaCode}${one.screenCode}${one.sessionCode}`);
  expect(running).toEqual(['1B17:00', '1C19:30', '1C21:00', '2C17:30']);
});

it('names the fullest cinemas, and gives the sessions of a few', () => {
  const counted = (of: Record<string, number>) => new Map(Object.entries(of));
  const running = new Map([['2', [session('2', 'B', '20:10', 3), session('2', 'A', '19:00', 4)]]]);
  const of = { entries: counted({ 1: 9, 2: 8 }), before: counted({ 1: 7, 3: 1 }), at: AT };
  const { Inside, Cinemas, Sessions } = cinemasOf({ ...of, running });
  expect(Inside).toBe(7);
  expect(Cinemas).toEqual([
    { CinemaCode: '2', Entries: 8, Before: 0, Inside: 7 },
    { CinemaCode: '1', Entries: 9, Before: 7, Inside: 0 },
    { CinemaCode: '3', Entries: 0, Before: 1, Inside: 0 },
  ]);
  expect(Sessions).toMatchObject([
    { ScreenName: 'A', HasBegun: true },
    { ScreenName: 'B', HasBegun: false },
  ]);
  expect(cinemasOf({ ...of, running: null })).toMatchObject({ Inside: null, Sessions: null, CinemaCount: 3 });
  const entries = counted(Object.fromEntries(Array.from({ length: 60 }, (_, n) => [n, n])));
  const many = cinemasOf({ entries, before: new Map(), running, at: AT });
  expect(many).toMatchObject({ Sessions: null, CinemaCount: 60, Inside: 7 });
  expect(many.Cinemas.map(({ CinemaCode }) => Number(CinemaCode))).toEqual([
    2,
    ...Array.from({ length: 49 }, (_, place) => 59 - place),
  ]);
});
