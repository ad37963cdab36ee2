import { addSeconds, MAX_TOLD_STEPS, parseWallClock, type ScanStep } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { createScansToTell } from './scans-to-tell.ts';

const PLATFORM = { username: 'terminal-1', url: 'https://platform', generation: () => 'data' };

const stepsOf = (...scans: number[]): ScanStep[] =>
  scans.map((count, place) => ({
    at: addSeconds(parseWallClock('2026-11-24T10:00:00'), place * 600),
    counts: { ADMIT: count },
  }));
const told = (steps: readonly ScanStep[]) => steps.map(({ at, counts }) => [at.slice(11, 16), counts.ADMIT]);

it('tells what has changed since it was taken, the latest first, and everything where nobody took it', () => {
  const toTell = createScansToTell();
  const first = toTell.pick(PLATFORM, stepsOf(1, 2));
  expect(told(first)).toEqual([
    ['10:10', 2],
    ['10:00', 1],
  ]);
  expect(toTell.pick(PLATFORM, stepsOf(1, 2))).toEqual(first);
  toTell.taken(first);
  expect(told(toTell.pick(PLATFORM, stepsOf(1, 3, 1)))).toEqual([
    ['10:20', 1],
    ['10:10', 3],
    ['10:00', 1],
  ]);
});

it('tells what was taken before again in turn, so that nothing which was lost stays lost', () => {
  const toTell = createScansToTell();
  const day = stepsOf(...Array.from({ length: 10 }, () => 1));
  toTell.taken(toTell.pick(PLATFORM, day));
  const again = [1, 2, 3, 4].map(() => told(toTell.pick(PLATFORM, day)).map(([at]) => at));
  expect(again).toEqual([
    ['10:00', '10:10', '10:20', '10:30'],
    ['10:40', '10:50', '11:00', '11:10'],
    ['11:20', '11:30', '10:00', '10:10'],
    ['10:20', '10:30', '10:40', '10:50'],
  ]);
});

it('tells a long time in parts, and begins anew towards another platform, account or restored platform', () => {
  const toTell = createScansToTell();
  const days = stepsOf(...Array.from({ length: 100 }, () => 1));
  /** What it takes until all of it was told, and nothing but some steps again. */
  function tellAll(whom: typeof PLATFORM): string[] {
    const heard: string[] = [];
    for (;;) {
      const picked = toTell.pick(whom, days);
      expect(picked.length).toBeLessThanOrEqual(MAX_TOLD_STEPS);
      if (picked.length === 4) return heard;
      toTell.taken(picked);
      heard.push(...picked.map(({ at }) => at));
    }
  }
  const everyStep = new Set(days.map(({ at }) => at));
  for (const whom of [
    PLATFORM,
    { ...PLATFORM, url: 'https://another' },
    { ...PLATFORM, username: 'terminal-2' },
    { ...PLATFORM, generation: () => 'restored' },
    // It may have lost meanwhile what it was told.
    PLATFORM,
  ]) {
    expect(new Set(tellAll(whom))).toEqual(everyStep);
    expect(tellAll(whom)).toEqual([]);
  }
});
