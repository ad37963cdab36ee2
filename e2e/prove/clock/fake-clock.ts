import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePreload } from '../../testing/run.ts';
import type { ClockError } from '../oracle/answers.ts';

export type FakeClock = ReturnType<typeof fakeClock>;

/** A correction, and the whole seconds that a wall clock is cut to, are exact to so much. */
export const PRECISION_MS = 2_000;

/** The wall clock of a process, which can be set while it runs, by what is kept in `directory`. Its monotonic clock goes on as it is. */
export function fakeClock(directory: string) {
  const source = new URL('fake-clock.c', import.meta.url);
  const library = compilePreload(source, directory, 'Setting the clock of one process');
  const file = join(directory, 'clock-offset');
  const settings: { ahead: number; from: number; until: number }[] = [];

  const clock = {
    env: { LD_PRELOAD: library, FAKE_CLOCK_OFFSET: file },
    /** Sets it this many seconds ahead of the right time, or behind if negative. */
    set(ahead: number): void {
      const from = Date.now();
      writeOffset(file, ahead * 1000);
      const before = settings.at(-1);
      if (before !== undefined) before.until = Date.now();
      settings.push({ ahead, from, until: Number.POSITIVE_INFINITY });
    },
    /** How far a time may be off that was read from it between two moments (epoch milliseconds), corrected or not. */
    offBetween(from: number, until: number): ClockError {
      const inForce = settings.filter((setting) => setting.from <= until && setting.until >= from);
      const off = [0, ...inForce.map(({ ahead }) => ahead * 1000)];
      return { least: Math.min(...off) - PRECISION_MS, most: Math.max(...off) + PRECISION_MS };
    },
  };
  clock.set(0);
  return clock;
}

/** In place and in one piece: processes have the file mapped. */
function writeOffset(file: string, milliseconds: number): void {
  writeFileSync(file, new BigInt64Array([BigInt(milliseconds)]), { flag: existsSync(file) ? 'r+' : 'w' });
}
