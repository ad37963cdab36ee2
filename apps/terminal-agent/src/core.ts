import type { TerminalClock } from './clock/terminal-clock.ts';
import type { TerminalStore } from './tables.ts';
import type { ServedCinemas, TerminalConnection } from './upstream/connect-upstream.ts';

/** What most parts of an agent work with. */
export type Core = {
  readonly store: TerminalStore;
  readonly connection: TerminalConnection;
  readonly cinemas: ServedCinemas;
  readonly clock: TerminalClock;
};
