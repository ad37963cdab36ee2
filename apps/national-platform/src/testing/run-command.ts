import { fileURLToPath } from 'node:url';
import { type Clock, runCommand as runInProcess } from '@ticket-check/runtime';
import { type Ended, outputOf, startProgram } from '@ticket-check/runtime/testing';
import { createNationalProgram } from '../cli.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Runs a command of the national platform as a process of its own. */
export const startCommand = (args: readonly string[], env: Record<string, string>, input?: string) =>
  startProgram(MAIN, args, env, input);

/**
 * Runs a command of the national platform: in this process, on a connection of its own, or where it reads standard input, in a
 * process of its own. `serve` ends where it cannot start.
 */
export async function runCommand(
  args: readonly string[],
  env: Record<string, string>,
  input?: string,
  now: Clock = Date.now,
): Promise<Ended> {
  if (input !== undefined) return startCommand(args, env, input).ended;
  const program = createNationalProgram(env, now);
  const { result: code, ...output } = await outputOf(() => runInProcess(program, ['node', MAIN, ...args], env));
  return { code, ...output };
}
