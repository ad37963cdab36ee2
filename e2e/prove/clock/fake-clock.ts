import { globSync, renameSync, writeFileSync } from 'node:fs';
import type { ClockError } from '../oracle/answers.ts';

/** The variant for programs with threads first. */
const LIBRARIES = ['libfaketimeMT.so.1', 'libfaketime.so.1'].flatMap((name) =>
  ['/usr/lib/*/faketime', '/usr/lib/faketime', '/usr/lib64/faketime', '/usr/local/lib/faketime'].map(
    (folder) => `${folder}/${name}`,
  ),
);
const NEEDED =
  'Setting the clock of one process needs libfaketime on Linux: install it (Debian, Ubuntu: apt-get install libfaketime; Fedora: dnf install libfaketime)';

/** The wall clock of a process, which can be set while it runs. Its monotonic clock goes on as it is. */
export interface FakeClock {
  /** The environment of a process that goes by it. */
  readonly env: NodeJS.ProcessEnv;
  /** By how many seconds it is ahead now. */
  readonly ahead: number;
  /** Sets it so many seconds ahead of the right time, or behind where that is negative. */
  set(ahead: number): void;
  /**
   * How far a time may be off that was read from it between two moments (epoch milliseconds) and may have been
   * corrected or not.
   */
  offBetween(from: number, until: number): ClockError;
}

/** A correction, and the whole seconds that a wall clock is cut to, are exact to so much. */
export const PRECISION_MS = 2_000;

/** @param file where the setting is kept; nobody else writes it. */
export function fakeClock(file: string): FakeClock {
  const library = LIBRARIES.flatMap((pattern) => globSync(pattern))[0];
  if (library === undefined) throw new Error(NEEDED);
  const settings: { ahead: number; from: number; until: number }[] = [];

  const clock = {
    ahead: 0,
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    set(ahead: number) {
      // Renamed, so that nobody reads half a setting.
      writeFileSync(`${file}.new`, `${ahead < 0 ? '' : '+'}${ahead}\n`);
      const before = settings.at(-1);
      renameSync(`${file}.new`, file);
      const now = Date.now();
      if (before !== undefined) before.until = now;
      settings.push({ ahead, from: now - 1, until: Number.POSITIVE_INFINITY });
      clock.ahead = ahead;
    },
    offBetween(from: number, until: number) {
      const inForce = settings.filter((setting) => setting.from <= until && setting.until >= from);
      const off = [0, ...inForce.map(({ ahead }) => ahead * 1000)];
      return { least: Math.min(...off) - PRECISION_MS, most: Math.max(...off) + PRECISION_MS };
    },
  };
  clock.set(0);
  return clock;
}
