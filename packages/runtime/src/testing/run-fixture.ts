import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { spawnAtTerminal } from './pseudo-terminal.ts';
import { type Ended, SHARED_ENV, startProgram } from './run-program.ts';

const FIXTURE = fileURLToPath(new URL('./fixture-main.ts', import.meta.url));

/** Starts the fixture program as a process of its own, whose outputs nobody reads yet. */
export function spawnFixture(args: readonly string[], env: Record<string, string> = {}) {
  return spawn(process.execPath, [FIXTURE, ...args], { env: { ...SHARED_ENV, ...env } });
}

/** Starts the fixture program at a terminal of its own, whose other side is the standard output. */
export function spawnFixtureAtTerminal(args: readonly string[], env: Record<string, string> = {}) {
  return spawnAtTerminal(process.execPath, [FIXTURE, ...args], { ...SHARED_ENV, ...env });
}

/** Starts the fixture program as a process of its own. */
export const startFixture = (args: readonly string[], env: Record<string, string> = {}) =>
  startProgram(FIXTURE, args, env);

export const runFixture = (args: readonly string[], env?: Record<string, string>): Promise<Ended> =>
  startFixture(args, env).ended;
