import { createCommandStore, type OperationTables, type OperatorTables } from '@ticket-check/operators';
import { createProgram, runCommand } from '@ticket-check/runtime';
import { outputOf } from '@ticket-check/runtime/testing';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';

/**
 * Runs a command of a program whose commands are those added, on a store that is opened for it; `askName` types the name of what
 * it destroys. Answers what it printed, and its exit code as `result`.
 */
export function runCommandOn<DB extends OperatorTables & OperationTables>(
  open: () => Promise<Store<DB>>,
  add: (program: Command, store: ReturnType<typeof createCommandStore<{ SECOND_FACTOR_ROLES: [] }, DB>>) => void,
  args: readonly string[],
  { now = Date.now, askName }: { now?: () => number; askName?: () => Promise<string | null> } = {},
) {
  const program = createProgram('service', '');
  const settings = () => ({ SECOND_FACTOR_ROLES: [] as [] });
  add(program, createCommandStore(program, { settings, open, now, ...(askName && { askName }) }));
  return outputOf(() => runCommand(program, ['node', 'service', ...args], {}));
}
