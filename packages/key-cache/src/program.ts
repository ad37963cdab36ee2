import { lateCommand } from '@ticket-check/runtime/program';
import type { Command } from 'commander';
import type { CinemaKeyStatus } from './commands.ts';

/** Adds `keys` to a program. There is no command that adds or changes a key: upstream is the only source (5.2.2, reading K3). */
export function keyCommands(
  program: Command,
  now: () => number,
  loadStatus: () => Promise<readonly CinemaKeyStatus[]>,
): void {
  lateCommand(program, 'keys', "the cinemas' public keys, which come from upstream only", async (keys) =>
    (await import('./commands.ts')).keyCommands(keys, now, loadStatus),
  );
}
