import { type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';

const LONG_MS = 3_600_000;

/** A claim made before this whose record has not come wants looking at; claims never expire. Reading C8. */
export function longOpenSince(now: Clock): WallClock {
  return wallClockAt(now() - LONG_MS);
}
