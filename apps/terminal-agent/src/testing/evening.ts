import { addSeconds, epochOf, parseWallClock, wallClockAt } from '@ticket-check/protocol';
import { makeUkey, type PlatformKind, type SoldTicket, sellTicket, startPlatform } from './test-cinema.ts';
import { makeTerminal } from './test-terminal.ts';

/** An evening ten minutes before a film, by the clocks of platform and terminal. */
export const now = parseWallClock('2026-11-24T19:50:00');
export const clock = () => epochOf(now);
export const film = parseWallClock('2026-11-24T20:00:00');
/** The key of the cinema, long in force. */
export const ukey = makeUkey(parseWallClock('2024-03-01T00:00:00'));

/** Makes a platform with the cinema's key, and a terminal of that platform, which is not started. */
export async function makeCinema(
  options: { kind?: PlatformKind; settings?: Record<string, string>; now?: () => number } = {},
) {
  const { kind = 'extended', settings = {}, now = clock } = options;
  const platform = await startPlatform({ now, kind, keys: [ukey.key] });
  const terminal = await makeTerminal({ now, settings });
  await terminal.setUpstream(platform.bundle);
  /** Sells a ticket of a film that begins in ten minutes. */
  const sell = (states: Partial<SoldTicket['info']> = {}, startTime = addSeconds(wallClockAt(now()), 600)) => {
    const ticket = sellTicket(ukey, startTime);
    platform.sell(ticket.info, states);
    return ticket;
  };
  return { platform, terminal, sell };
}
