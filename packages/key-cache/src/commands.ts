import { type CinemaCode, wallClockAt } from '@ticket-check/protocol';
import { printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { KeyStatus } from './key-store.ts';

/** The key status of a cinema; `keys` is null if none were ever requested. */
export type CinemaKeyStatus = { cinemaCode: CinemaCode; keys: KeyStatus | null };

/** Adds `keys status`. There is no command that adds or changes a key: upstream is the only source (5.2.2, reading K3). */
export function keyCommands(
  program: Command,
  now: () => number,
  loadStatus: () => Promise<readonly CinemaKeyStatus[]>,
): void {
  program
    .command('keys')
    .description("the cinemas' public keys, which come from upstream only")
    .command('status')
    .description("print number, age and alarms of each cinema's keys, one JSON object a line")
    .action(async () => {
      for (const status of await loadStatus()) printResult(JSON.stringify(statusJson(status, now())));
    });
}

function statusJson({ cinemaCode, keys }: CinemaKeyStatus, now: number) {
  const fetchedAt = keys?.fetchedAt ?? null;
  return {
    CinemaCode: cinemaCode,
    Keys: keys?.count ?? 0,
    FetchedAt: fetchedAt === null ? null : wallClockAt(fetchedAt),
    AgeSeconds: fetchedAt === null ? null : Math.round((now - fetchedAt) / 1000),
    Alarm: keys?.alarm ?? null,
    Failure: keys?.failure ?? null,
  };
}
