import type { CommandStore, OperationTables, OperatorTables, Permission } from '@ticket-check/operators';
import type { Clock } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { listCommand, operationCommand } from '../declared/commands.ts';
import { serveList } from '../declared/list.ts';
import { serveOperation } from '../declared/operation.ts';
import type { PageSet } from '../page.ts';
import { declaredTokens } from './declared-tokens.ts';

/** The screen on which administrators manage the tokens of machines; `offered` is what the console's JSON can be read with. */
export function tokensScreen(
  store: Store<OperatorTables & OperationTables>,
  now: Clock,
  offered: readonly Permission[],
): PageSet {
  const { tokens, add, revoke } = declaredTokens(now, offered);
  const parts = { store, now };
  return {
    name: 'tokens',
    screens: [{ path: '/tokens', permission: tokens.permission, label: tokens.title }],
    ...serveList(tokens, withTables(store)),
    actions: [...serveOperation(add, parts), ...serveOperation(revoke, parts)],
  };
}

/** Adds `token add`, `list` and `revoke`: what machines show at the console, or run commands with. Reading S4. */
export function tokenCommands<DB extends OperatorTables & OperationTables>(
  program: Command,
  { store, now }: { store: CommandStore<DB>; now: Clock },
): void {
  const group = program
    .command('token')
    .description('what machines show that read the console of this service, or run its commands');
  const { tokens, add, revoke } = declaredTokens(now);
  const tables = (opened: Store<DB>): Store<OperatorTables> => withTables(opened);
  const parts = { store, now, tables };
  operationCommand(group, add, {
    ...parts,
    done: (issued) => issued,
    notice: 'The token is not shown again.',
  });
  listCommand(group, tokens, {
    store,
    source: tables,
    command: 'list',
    description: 'print all tokens without their secrets, one JSON object a line',
  });
  operationCommand(group, revoke, parts);
}
