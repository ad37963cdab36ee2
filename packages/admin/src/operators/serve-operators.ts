import {
  type CommandStore,
  createOperators,
  createPasswords,
  createSecondFactors,
  issuePassword,
  type OperationTables,
  type OperatorTables,
  type Passwords,
} from '@ticket-check/operators';
import { type Clock, printNotice, printResult } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { listCommand, operationCommand } from '../declared/commands.ts';
import { servedTogether, serveList } from '../declared/list.ts';
import { serveOperations } from '../declared/operation.ts';
import type { Reading } from '../declared/reading.ts';
import type { PageSet } from '../page.ts';
import { declaredOperators } from './declared-operators.ts';

export function operatorsScreens(
  store: Store<OperatorTables & OperationTables>,
  passwords: Passwords,
  reading: Reading,
): PageSet {
  const { now } = reading;
  const { issued: _, operators, sessions, ...declared } = declaredOperators(now, passwords);
  const served = [serveList(operators, withTables(store), reading), serveList(sessions, withTables(store))];
  return {
    name: 'operators',
    screens: [
      { path: '/operators', permission: operators.permission, label: operators.title },
      { path: '/operators/one', permission: operators.permission, label: null },
    ],
    ...servedTogether(served),
    actions: serveOperations(Object.values(declared), { store, now }),
  };
}

/** Adds `operator add`, `list`, `change`, `disable`, `enable`, `sessions`, `end-session`, `end-sessions`, `reset-password`, `reset-second-factor` and `recover`. */
export function operatorCommands<DB extends OperatorTables & OperationTables>(
  program: Command,
  { store, now }: { store: CommandStore<DB>; now: Clock },
): void {
  const group = program.command('operator').description('the people who use the pages of this service');
  const passwords = createPasswords();
  const { issued, operators, sessions, ...declared } = declaredOperators(now, passwords);
  const parts = { store, now };
  const source = withTables<DB, OperatorTables>;
  const notice = 'The one-time password is not shown again. It has to be changed at the first login.';

  operationCommand(group, declared.add, { ...parts, notice });
  listCommand(group, operators, {
    store,
    source,
    command: 'list',
    description: 'print all operators, one JSON object a line',
  });
  operationCommand(group, declared.change, {
    ...parts,
    done({ username, after: { role, cinemaCodes } }) {
      const sees = cinemaCodes === 'all' ? 'every cinema' : `only the cinemas ${cinemaCodes.join(', ')}`;
      return `${username} is ${role} now, and sees ${sees}.`;
    },
  });
  operationCommand(group, declared.disable, parts);
  operationCommand(group, declared.enable, parts);
  listCommand(group, sessions, {
    store,
    source,
    command: 'sessions <username>',
    description: "print an operator's sessions, last used first, as JSON lines",
  });
  operationCommand(group, declared.endSession, parts);
  operationCommand(group, declared.endSessions, parts);
  operationCommand(group, declared.resetSecondFactor, parts);
  operationCommand(group, declared.resetPassword, { ...parts, notice });
  group
    .command('recover <username>')
    .description('make somebody an administrator if none can log in (audited)')
    .action(async (username: string) => {
      const { password, passwordHash } = await issuePassword(passwords);
      const { oneTimeUntil } = await store.change(
        { name: 'operator recover', what: { username }, needs: null },
        (opened) => recover(withTables(opened), now, { username, passwordHash }),
        ({ oneTimeUntil: _, ...came }) => came,
      );
      printResult(JSON.stringify(issued({ username, password, oneTimeUntil })));
      printNotice(notice);
    });
}

/** Makes any operator an administrator who needs only a one-time password to log in. */
async function recover(
  store: Store<OperatorTables>,
  now: Clock,
  { username, passwordHash }: { username: string; passwordHash: string },
) {
  const operators = createOperators(store, now);
  const known = await operators.find(username);
  const after = { role: 'administrator', cinemaCodes: 'all' } as const;
  if (known === null) {
    return { oneTimeUntil: await operators.add({ username, ...after, passwordHash }), before: null, after };
  }
  const { role, cinemaCodes, disabledAt, hasSecondFactor } = known;
  await operators.change(username, after);
  await operators.enable(username);
  await createSecondFactors(store, now).reset(username);
  const { oneTimeUntil, sessionsEnded } = await operators.resetPassword(username, passwordHash);
  const before = { role, cinemaCodes, disabledAt, hasSecondFactor };
  return { oneTimeUntil, sessionsEnded, before, after: { ...after, disabledAt: null, hasSecondFactor: false } };
}
