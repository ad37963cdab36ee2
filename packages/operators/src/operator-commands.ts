import { printNotice, printResult } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { type Command, Option } from 'commander';
import type { CommandStore } from './command-store.ts';
import type { OperationTables } from './migrations.ts';
import { parseCinemaCodes } from './people/cinema-codes.ts';
import { type IssuedPassword, issuePassword } from './people/one-time-password.ts';
import { type Operator, parseOperatorName } from './people/operator.ts';
import type { OperatorTables } from './people/operator-tables.ts';
import { createOperators, type Rights } from './people/operators.ts';
import { createPasswords } from './people/passwords.ts';
import { ROLES, type Role } from './people/role.ts';
import { createSecondFactors } from './second-factor/second-factors.ts';

/** Adds `operator add`, `list`, `disable`, `enable`, `end-sessions` and `reset-password` to a service's program. Scheme 5.3.2.1; reading S4. */
export function operatorCommands(
  program: Command,
  { store, now }: { store: CommandStore<OperatorTables & OperationTables>; now: () => number },
): void {
  const operatorsOf = (opened: Store<OperatorTables>) => createOperators(opened, now);
  const operator = program.command('operator').description('the people who use the pages of this service');

  operator
    .command('add <username>')
    .description('add somebody and print a one-time password, which is shown this once and changed at the first login')
    .addOption(new Option('--role <role>', 'what they may do').choices(ROLES).makeOptionMandatory())
    .option('--cinemas <codes>', 'the cinemas that they see, separated by commas; without it, all')
    .action(async (username: string, { role, cinemas }: { role: Role; cinemas?: string }, command: Command) => {
      parseOperatorName(username);
      const cinemaCodes = cinemasFor(role, cinemas, command);
      const { password, passwordHash } = await newOneTimePassword();
      const oneTimeUntil = await store.change(
        { name: 'operator add', what: { username, role, cinemaCodes } },
        (opened) => operatorsOf(opened).add({ username, role, cinemaCodes, passwordHash }),
      );
      printOneTimePassword(username, password, oneTimeUntil);
    });

  operator
    .command('list')
    .description('print every operator, one JSON object a line')
    .action(() =>
      store.read(async (opened) => {
        for (const found of await operatorsOf(opened).list()) printResult(JSON.stringify(operatorJson(found)));
      }),
    );

  operator
    .command('change <username>')
    .description('give somebody another role, and the cinemas that are named, at once, also where they are logged in')
    .addOption(new Option('--role <role>', 'what they may do').choices(ROLES).makeOptionMandatory())
    .option('--cinemas <codes>', 'the cinemas that they see, separated by commas; without it, all')
    .action(async (username: string, { role, cinemas }: { role: Role; cinemas?: string }, command: Command) => {
      const cinemaCodes = cinemasFor(role, cinemas, command);
      await store.change(
        { name: 'operator change', what: { username } },
        (opened) => operatorsOf(opened).change(username, { role, cinemaCodes }),
        (rights) => rights,
      );
    });

  operator
    .command('disable <username>')
    .description('end their sessions and let them log in no more, at once, also on the running service')
    .action(async (username: string) => {
      await store.change(
        { name: 'operator disable', what: { username } },
        (opened) => operatorsOf(opened).disable(username),
        (sessionsEnded) => ({ sessionsEnded }),
      );
    });

  operator
    .command('enable <username>')
    .description('let a disabled operator log in again, with the password that they had')
    .action((username: string) =>
      store.change({ name: 'operator enable', what: { username } }, (opened) => operatorsOf(opened).enable(username)),
    );

  operator
    .command('end-sessions <username>')
    .description('end their sessions, at once, also on the running service; they can log in again')
    .action(async (username: string) => {
      await store.change(
        { name: 'operator end-sessions', what: { username } },
        (opened) => operatorsOf(opened).endSessions(username),
        (sessionsEnded) => ({ sessionsEnded }),
      );
    });

  operator
    .command('reset-password <username>')
    .description('end their sessions and print a new one-time password, which is shown this once')
    .action(async (username: string) => {
      const { password, passwordHash } = await newOneTimePassword();
      const { oneTimeUntil } = await store.change(
        { name: 'operator reset-password', what: { username } },
        (opened) => operatorsOf(opened).resetPassword(username, passwordHash),
        ({ sessionsEnded }) => ({ sessionsEnded }),
      );
      printOneTimePassword(username, password, oneTimeUntil);
    });

  operator
    .command('reset-second-factor <username>')
    .description(
      'take away their authenticator app and recovery codes, when they have lost them, and end their sessions',
    )
    .action(async (username: string) => {
      await store.change(
        { name: 'operator reset-second-factor', what: { username } },
        (opened) => createSecondFactors(opened, now).reset(username),
        (sessionsEnded) => ({ sessionsEnded }),
      );
    });
}

function cinemasFor(role: Role, cinemas: string | undefined, command: Command): Rights['cinemaCodes'] {
  if (cinemas === undefined) return 'all';
  if (role === 'administrator') {
    command.error('error: an administrator sees every cinema; leave --cinemas out', { exitCode: 2 });
  }
  return parseCinemaCodes(cinemas);
}

async function newOneTimePassword(): Promise<IssuedPassword> {
  const issued = await issuePassword(createPasswords());
  if (issued === null) throw new Error('nothing else is hashed in this process');
  return issued;
}

function printOneTimePassword(username: string, password: string, oneTimeUntil: string): void {
  printResult(JSON.stringify({ Username: username, OneTimePassword: password, ValidUntil: oneTimeUntil }));
  printNotice('The one-time password is not shown again. It has to be changed at the first login.');
}

function operatorJson({ username, role, cinemaCodes, oneTimeUntil, createdAt, disabledAt, hasSecondFactor }: Operator) {
  return {
    Username: username,
    Role: role,
    CinemaCodes: cinemaCodes === 'all' ? ['*'] : cinemaCodes,
    OneTimeUntil: oneTimeUntil,
    CreatedAt: createdAt,
    DisabledAt: disabledAt,
    SecondFactor: hasSecondFactor,
  };
}
