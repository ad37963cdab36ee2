import { addSeconds, epochOf, parseWallClock, wallClockAt } from '@ticket-check/protocol';
import { makeUkey, type PlatformKind, type SoldTicket, sellTicket, startPlatform } from './test-cinema.ts';
import { makeTerminal, type TerminalSite } from './test-terminal.ts';

/** An evening ten minutes before a film, by the clocks of platform and terminal. */
export const now = parseWallClock('2026-11-24T19:50:00');
export const clock = () => epochOf(now);
export const film = parseWallClock('2026-11-24T20:00:00');
/** The key of the cinema, long in force. */
export const ukey = makeUkey(parseWallClock('2024-03-01T00:00:00'));

type CinemaOptions = {
  kind?: PlatformKind;
  settings?: Record<string, string>;
  /** Of both; by default it stands still. A test may move it on with `wait`. */
  now?: () => number;
  keys?: readonly (typeof ukey.key)[];
  offersChanges?: boolean;
  /** False where the test sets the platform itself. */
  isConnected?: boolean;
};

/** Makes a platform with the cinema's key, and a terminal of that platform, which is not started. */
export async function makeCinema(options: CinemaOptions = {}) {
  const { kind = 'extended', settings = {}, keys = [ukey.key], offersChanges = false, isConnected = true } = options;
  let passedMs = 0;
  const now = () => (options.now ?? clock)() + passedMs;
  const platform = await startPlatform({ now, kind, keys, offersChanges });
  const terminal = await makeTerminal({ now, settings });
  if (isConnected) await terminal.setUpstream(platform.bundle);
  /** Sells a ticket of a film that begins in ten minutes. */
  const sell = (states: Partial<SoldTicket['info']> = {}, startTime = addSeconds(wallClockAt(now()), 600)) => {
    const ticket = sellTicket(ukey, startTime);
    platform.sell(ticket.info, states);
    return ticket;
  };
  const wait = (ms: number) => {
    passedMs += ms;
  };
  return { platform, terminal, sell, wait, now };
}

/** Makes them, and starts the agent. */
export async function startCinema(options: CinemaOptions = {}, start: Parameters<TerminalSite['start']>[0] = {}) {
  const cinema = await makeCinema(options);
  return { ...cinema, agent: await cinema.terminal.start(start) };
}
