// The process that `run-command.ts` starts: runs the commands that it is sent, of any service, side by side.

import type { createNationalProgram } from '@ticket-check/national-platform/cli';
import { runCommand } from '@ticket-check/runtime';
import { outputOf } from '@ticket-check/runtime/testing';
import type { Role } from '@ticket-check/simulators/dev-network';
import '@ticket-check/storage/testing/keep-threads';
import type { CommandAsked, CommandEnded } from './run-command.ts';

/** A program is read when its first command comes: one process may run those of a single service. */
const PROGRAMS: Record<Role, () => Promise<typeof createNationalProgram>> = {
  'national-platform': async () => (await import('@ticket-check/national-platform/cli')).createNationalProgram,
  'third-party-platform': async () => (await import('@ticket-check/third-party-platform/cli')).createThirdPartyProgram,
  'terminal-agent': async () => (await import('@ticket-check/terminal-agent/cli')).createTerminalProgram,
};

process.on('message', async ({ id, role, args, env }: CommandAsked) => {
  const createProgram = await PROGRAMS[role]();
  const program = createProgram(env, Date.now);
  outputOf(() => runCommand(program, ['node', role, ...args], env)).then(({ result: code, ...output }) =>
    process.send!({ id, code, ...output } satisfies CommandEnded),
  );
});
process.on('disconnect', () => process.exit());
