import { wallClockAt } from '@ticket-check/protocol';
import { type Clock, printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { CinemaKeyStatus } from './key-status.ts';

/** Adds `keys status`. There is no command that adds or changes a key: upstream is the only source (5.2.2, reading K3). */
export function keyCommands(program: Command, now: Clock, loadStatus: () => Promise<CinemaKeyStatus[]>): void {
  program
    .command('keys')
    .description('the public keys of the served cinemas, which come from the national platform only')
    .command('status')
    .description('print number, age and alarms of the keys of every served cinema, one JSON object a line')
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
