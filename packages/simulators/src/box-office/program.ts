import { askHidden, createProgram } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { addCommands } from './commands.ts';

/** The box office as a command line program. It asks for a password that the environment does not hold. */
export function createBoxOfficeProgram(
  env: Readonly<Record<string, string | undefined>>,
  now: () => number,
  ask = askHidden,
): Command {
  const program = createProgram(
    'box-office',
    "A stand-in for a cinema's ticketing system, on a state file that holds the cinema and its private keys.",
  ).option('--state <file>', 'the state file', '.data/box-office.json');
  addCommands(program, now, { env, ask });
  return program;
}
