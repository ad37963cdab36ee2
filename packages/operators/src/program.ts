import { lateCommand } from '@ticket-check/runtime/program';
import type { Command } from 'commander';
import type { CommandSettings, CommandStore, CommandStoreOptions } from './command-store.ts';
import type { OperationTables } from './migrations.ts';
import type { OperatorTables } from './people/operator-tables.ts';

type Tables = OperatorTables & OperationTables;

/**
 * The store of a program's commands, which get with it the option `--operator`: who runs them. Nothing of it is loaded before a
 * command wants it.
 */
export function createCommandStore<S extends CommandSettings, DB extends Tables>(
  program: Command,
  options: CommandStoreOptions<S, DB>,
): CommandStore<DB> {
  program
    .option('--operator <name>', 'who runs a command that changes something; the password is asked at the terminal')
    .configureHelp({ showGlobalOptions: true });
  let made: Promise<CommandStore<DB>> | undefined;
  const store = () => {
    made ??= import('./command-store.ts').then(({ commandStore }) => commandStore(program.opts().operator, options));
    return made;
  };
  return {
    read: async (run) => (await store()).read(run),
    look: async (asked, run) => (await store()).look(asked, run),
    change: async (asked, change, outcome) => (await store()).change(asked, change, outcome),
    changeInParts: async (asked, change, outcome) => (await store()).changeInParts(asked, change, outcome),
    confirm: async (asked, destroys) => (await store()).confirm(asked, destroys),
  };
}

type Given = { store: CommandStore<Tables>; now: () => number };

/** Adds `operator` to a service's program: the people who use its pages. Scheme 5.3.2.1; reading S4. */
export function operatorCommands(program: Command, given: Given): void {
  lateCommand(program, 'operator', 'the people who use the pages of this service', async (operator) =>
    (await import('./operator-commands.ts')).operatorCommands(operator, given),
  );
}

/** Adds `token`: what machines show at the console, or run commands with. Reading S4. */
export function tokenCommands(program: Command, given: Given): void {
  const description = 'what machines show that read the console of this service, or run its commands';
  lateCommand(program, 'token', description, async (token) =>
    (await import('./token-commands.ts')).tokenCommands(token, given),
  );
}

/** Adds `audit`: what people did here, and how an outsider sees that nothing of it was changed. Scheme 5.3.2.2. */
export function auditCommands(program: Command, store: Pick<CommandStore<OperationTables>, 'read'>): void {
  lateCommand(program, 'audit', 'what people did here, in a log that shows when it was changed', async (audit) =>
    (await import('./audit-commands.ts')).auditCommands(audit, store),
  );
}
