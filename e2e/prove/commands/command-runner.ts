// The process that `run-command.ts` starts: runs the commands that it is sent, of any service, side by side.

import { runCommand } from '@ticket-check/runtime';
import { outputOf } from '@ticket-check/runtime/testing';
import type { Role } from '@ticket-check/simulators/dev-network';
import type { createNationalProgram } from '../../../apps/national-platform/src/cli.ts';
import { keepThreads } from '../../../packages/storage/src/sqlite/spare-threads.ts';
import type { CommandAsked, CommandEnded } from './run-command.ts';

const MAX_AT_ONCE = 6;

/** A program is read when its first command comes: one process may run those of a single service. */
const PROGRAMS: Record<Role, () => Promise<typeof createNationalProgram>> = {
  'national-platform': async () => (await import('../../../apps/national-platform/src/cli.ts')).createNationalProgram,
  'third-party-platform': async () =>
    (await import('../../../apps/third-party-platform/src/cli.ts')).createThirdPartyProgram,
  'terminal-agent': async () => (await import('../../../apps/terminal-agent/src/cli.ts')).createTerminalProgram,
};

keepThreads(MAX_AT_ONCE);
process.on('message', async ({ id, role, args, env }: CommandAsked) => {
  const createProgram = await PROGRAMS[role]();
  const program = createProgram(env, Date.now);
  outputOf(() => runCommand(program, ['node', role, ...args], env)).then(({ result: code, ...output }) =>
    process.send!({ id, code, ...output } satisfies CommandEnded),
  );
});
process.on('disconnect', () => process.exit());
