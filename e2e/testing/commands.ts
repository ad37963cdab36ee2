import { setTimeout as delay } from 'node:timers/promises';
import { createNationalProgram } from '@ticket-check/national-platform/cli';
import { runCommand } from '@ticket-check/runtime';
import { outputOf } from '@ticket-check/runtime/testing';
import type { Role } from '@ticket-check/simulators/dev-network';
import { createTerminalProgram } from '@ticket-check/terminal-agent/cli';
import { createThirdPartyProgram } from '@ticket-check/third-party-platform/cli';
import type { Ended } from './program.ts';

const PROGRAMS = {
  'national-platform': createNationalProgram,
  'third-party-platform': createThirdPartyProgram,
  'terminal-agent': createTerminalProgram,
};

/** Longer than any command takes. One that serves where it should fail never ends: only its own test is to wait for it. */
const LIMIT_MS = 30_000;

let before: Promise<unknown> = Promise.resolve();

/**
 * Runs a command of a service to its end as its main file does, but in this process: one of its own (`runProgram`) spends most
 * of its time on starting. Standard input is this process's. Commands wait for each other, as one that works would keep another
 * waiting that holds the lock of a database.
 */
export function runHere(
  role: Role,
  args: readonly string[],
  { env = {} }: { env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const settings = { ...process.env, ...env };
  const program = PROGRAMS[role](settings, Date.now);
  const turn = before;
  const ended = turn.then(() => outputOf(() => runCommand(program, ['node', role, ...args], settings)));
  before = turn.then(() => Promise.race([ended.catch(() => {}), delay(LIMIT_MS, undefined, { ref: false })]));
  return ended.then(({ result: code, ...output }) => ({ code, ...output }));
}
