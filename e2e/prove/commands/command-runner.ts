// The process that `run-command.ts` starts: runs the commands of all three services that it is sent, side by side.
import type { Role } from '@ticket-check/dev-network';
import { runCommand } from '@ticket-check/runtime';
import { outputOf } from '@ticket-check/runtime/testing';
import { createNationalProgram } from '../../../apps/national-platform/src/cli.ts';
import { createTerminalProgram } from '../../../apps/terminal-agent/src/cli.ts';
import { createThirdPartyProgram } from '../../../apps/third-party-platform/src/cli.ts';
import { keepThreads } from '../../../packages/storage/src/sqlite/spare-threads.ts';
import type { CommandAsked, CommandEnded } from './messages.ts';

const MOST_AT_ONCE = 6;

const PROGRAMS: Record<Role, typeof createNationalProgram> = {
  'national-platform': createNationalProgram,
  'third-party-platform': createThirdPartyProgram,
  'terminal-agent': createTerminalProgram,
};

keepThreads(MOST_AT_ONCE);
process.on('message', ({ id, role, args, env }: CommandAsked) => {
  const program = PROGRAMS[role](env, Date.now);
  outputOf(() => runCommand(program, ['node', role, ...args], env)).then(({ result: code, ...output }) =>
    process.send!({ id, code, ...output } satisfies CommandEnded),
  );
});
process.on('disconnect', () => process.exit());
