import {
  type CommandStore,
  cinemasOf,
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
import { type Command, Option } from 'commander';
import { listCommand, operationCommand } from '../declared/commands.ts';
import { serveList } from '../declared/list.ts';
import { serveOperation } from '../declared/operation.ts';
import type { PageSet } from '../page.ts';
import { declaredOperators } from './declared-operators.ts';

/** Screens on which administrators manage operators. */
export function operatorsScreens(
  store: Store<OperatorTables & OperationTables>,
  now: Clock,
  passwords: Passwords,
): PageSet {
  const { operators, sessions, ...declared } = declaredOperators(now, passwords);
  const [all, ofOne] = [serveList(operators, withTables(store)), serveList(sessions, withTables(store))];
  const parts = { store, now };
  return {
    name: 'operators',
    screens: [
      { path: '/operators', permission: operators.permission, label: operators.title },
      { path: '/operators/one', permission: operators.permission, label: null },
    ],
    json: [...all.json, ...ofOne.json],
    live: [...all.live, ...ofOne.live],
    lists: all.lists,
    actions: [
      ...serveOperation(declared.add, parts),
      ...serveOperation(declared.change, parts),
      ...serveOperation(declared.disable, parts),
      ...serveOperation(declared.enable, parts),
      ...serveOperation(declared.endSession, parts),
      ...serveOperation(declared.endSessions, parts),
      ...serveOperation(declared.resetPassword, parts),
      ...serveOperation(declared.resetSecondFactor, parts),
    ],
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
  const tables = (opened: Store<DB>): Store<OperatorTables> => withTables(opened);
  const parts = { store, now, tables };
  const Username = ['<username>', ''] as const;
  const Role = ['--role <role>', 'what they may do'] as const;
  const destroys = ({ Username: name }: { Username: string }) => name;
  const cinemaOptions = (cinemas: string, all: string) => [
    new Option('--cinemas <codes>', `cinemas that they see, separated by commas${cinemas}`),
    new Option('--all-cinemas', `they see every cinema${all}`),
  ];
  const notice = 'The one-time password is not shown again. It has to be changed at the first login.';

  operationCommand(group, declared.add, {
    ...parts,
    description: 'add an operator and print a one-time password (shown once)',
    options: { Username, Role },
    together: {
      options: cinemaOptions('', ', as an administrator does without it'),
      read: (given, command) => ({ CinemaCodes: cinemasGiven(given, command) }),
    },
    done: issued,
    notice,
  });
  listCommand(group, operators, {
    store,
    source: tables,
    command: 'list',
    description: 'print all operators, one JSON object a line',
  });
  operationCommand(group, declared.change, {
    ...parts,
    description: 'change role or cinemas of an operator (takes effect immediately)',
    options: { Username, Role },
    together: {
      options: cinemaOptions('; default: unchanged', ''),
      // Left out, they stay: nobody sees more because nothing was said of it.
      read: (given, command) =>
        given.role === 'administrator' || given.cinemas !== undefined || given.allCinemas === true
          ? { CinemaCodes: cinemasGiven(given, command) }
          : {},
    },
    done({ username, after: { role, cinemaCodes } }) {
      const sees = cinemaCodes === 'all' ? 'every cinema' : `only the cinemas ${cinemaCodes.join(', ')}`;
      return `${username} is ${role} now, and sees ${sees}.`;
    },
  });
  operationCommand(group, declared.disable, {
    ...parts,
    description: 'disable an operator and end their sessions (immediately)',
    options: { Username },
    destroys,
  });
  operationCommand(group, declared.enable, {
    ...parts,
    description: 'enable a disabled operator, with their old password',
    options: { Username },
  });
  listCommand(group, sessions, {
    store,
    source: tables,
    command: 'sessions <username>',
    description: "print an operator's sessions, last used first, as JSON lines",
  });
  operationCommand(group, declared.endSession, {
    ...parts,
    description: 'end one session from `operator sessions` (immediately)',
    options: { Username, Session: ['<session>', ''] },
    destroys,
  });
  operationCommand(group, declared.endSessions, {
    ...parts,
    description: 'end their sessions, at once, also on the running service; they can log in again',
    options: { Username },
    destroys,
  });
  operationCommand(group, declared.resetSecondFactor, {
    ...parts,
    description: 'remove all second factors of an operator, end their sessions',
    options: { Username },
    destroys,
  });
  operationCommand(group, declared.resetPassword, {
    ...parts,
    description: 'end their sessions and print a one-time password (shown once)',
    options: { Username },
    destroys,
    done: issued,
    notice,
  });
  group
    .command('recover <username>')
    .description('make somebody an administrator if none can log in (audited)')
    .action(async (username: string) => {
      const { password, passwordHash } = await issuePassword(passwords);
      const { oneTimeUntil } = await store.change(
        { name: 'operator recover', what: { username }, needs: null },
        (opened) => recover(tables(opened), now, { username, passwordHash }),
        ({ oneTimeUntil: _, ...came }) => came,
      );
      printResult(JSON.stringify(issued({ username, password, oneTimeUntil })));
      printNotice(notice);
    });
}

type Given = { readonly role?: unknown; readonly cinemas?: string; readonly allCinemas?: boolean };

function cinemasGiven({ role, ...cinemas }: Given, command: Command) {
  if (role !== 'administrator') return cinemasOf(cinemas, command);
  if (cinemas.cinemas !== undefined) {
    command.error('error: an administrator sees every cinema; leave --cinemas out', { exitCode: 2 });
  }
  return 'all';
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
