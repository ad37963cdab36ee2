import { wallClockAt } from '@ticket-check/protocol';
import { ExpectedError, printNotice, printResult } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { type Command, Option } from 'commander';
import type { CommandStore } from './command-store.ts';
import { YES } from './confirm-by-name.ts';
import type { OperationTables } from './migrations.ts';
import { cinemasOf, mustExist, type Operator, parseOperatorName } from './people/operator.ts';
import { createOperators, type Rights } from './people/operators.ts';
import { createPasswords, issuePassword } from './people/passwords.ts';
import { ROLES, type Role } from './people/role.ts';
import type { OperatorTables } from './people/tables.ts';
import { createSecondFactors } from './second-factor/second-factors.ts';
import { createSessions } from './sessions/sessions.ts';

const MANAGE = 'operators.manage';

type ChangeOptions = { role: Role; cinemas?: string; allCinemas?: true };

/** What is done to an operator as a whole, by commands and pages: the operation `operator <name>`, which returns its outcome. */
export const OPERATOR_CHANGES = {
  disable: (store, now, username) => createOperators(store, now).disable(username),
  enable: (store, now, username) => createOperators(store, now).enable(username),
  'end-sessions': (store, now, username) => createOperators(store, now).endSessions(username),
  'reset-second-factor': (store, now, username) => createSecondFactors(store, now).reset(username),
} satisfies Record<string, (store: Store<OperatorTables>, now: () => number, username: string) => Promise<object>>;

/** Adds `operator add`, `list`, `change`, `disable`, `enable`, `sessions`, `end-session`, `end-sessions`, `reset-password`, `reset-second-factor` and `recover`. Scheme 5.3.2.1; reading S4. */
export function operatorCommands(
  program: Command,
  { store, now }: { store: CommandStore<OperatorTables & OperationTables>; now: () => number },
): void {
  const operator = program.command('operator').description('the people who use the pages of this service');
  const operatorsOf = (opened: Store<OperatorTables>) => createOperators(opened, now);
  /** Adds a command that takes something from an operator, which is confirmed first. */
  const taking = (
    name: Exclude<keyof typeof OPERATOR_CHANGES, 'enable'>,
    description: string,
    says: (opened: Store<OperatorTables>, username: string) => Promise<string | null>,
  ) =>
    operator
      .command(`${name} <username>`)
      .description(description)
      .option(...YES)
      .action(async (username: string, { yes }: { yes?: true }) => {
        const destroys = { name: username, yes, says: (opened: Store<OperatorTables>) => says(opened, username) };
        await store.change(
          { name: `operator ${name}`, what: { username }, needs: MANAGE, destroys },
          (opened): Promise<object> => OPERATOR_CHANGES[name](opened, now, username),
          (outcome) => outcome,
        );
      });
  /** Describes what an operator loses, and how many sessions end; null if there is no such operator. */
  const losing =
    (loses: string, then = '') =>
    async (opened: Store<OperatorTables>, username: string) => {
      const found = await operatorsOf(opened).find(username);
      if (found === null) return null;
      const { length: sessions } = await createSessions(opened, now).list(username);
      const ends =
        sessions === 0 ? 'They are logged in nowhere at present.' : `Their sessions end at once: ${sessions}.`;
      return `${username} (${found.role}) ${loses}. ${ends}${then}`;
    };

  operator
    .command('add <username>')
    .description('add an operator and print a one-time password (shown once)')
    .addOption(new Option('--role <role>', 'what they may do').choices(ROLES).makeOptionMandatory())
    .option('--cinemas <codes>', 'cinemas that they see, separated by commas')
    .option('--all-cinemas', 'they see every cinema, as an administrator does without it')
    .action(async (username: string, { role, ...cinemas }: ChangeOptions, command: Command) => {
      parseOperatorName(username);
      const cinemaCodes = cinemasFor(role, cinemas, command);
      const { password, passwordHash } = await issuePassword(createPasswords());
      const oneTimeUntil = await store.change(
        { name: 'operator add', what: { username, role, cinemaCodes }, needs: MANAGE },
        (opened) => operatorsOf(opened).add({ username, role, cinemaCodes, passwordHash }),
      );
      printOneTimePassword(username, password, oneTimeUntil);
    });

  operator
    .command('list')
    .description('print all operators, one JSON object a line')
    .action(() =>
      store.look({ name: 'operator list', what: {} }, async (opened, print) => {
        for (const found of await operatorsOf(opened).list()) print(operatorJson(found));
      }),
    );

  operator
    .command('change <username>')
    .description('change role or cinemas of an operator (takes effect immediately)')
    .addOption(new Option('--role <role>', 'what they may do').choices(ROLES).makeOptionMandatory())
    .option('--cinemas <codes>', 'cinemas that they see, separated by commas; default: unchanged')
    .addOption(new Option('--all-cinemas', 'they see every cinema').conflicts('cinemas'))
    .action(async (username: string, { role, ...cinemas }: ChangeOptions, command: Command) => {
      // Null leaves them as they are: nobody sees more because nothing was said of it.
      const keeps = Object.keys(cinemas).length === 0 && role !== 'administrator';
      const cinemaCodes = keeps ? null : cinemasFor(role, cinemas, command);
      const { after } = await store.change(
        { name: 'operator change', what: { username }, needs: MANAGE },
        (opened) => operatorsOf(opened).change(username, { role, cinemaCodes }),
        (rights) => rights,
      );
      const sees = after.cinemaCodes === 'all' ? 'every cinema' : `the cinemas ${after.cinemaCodes.join(', ')} alone`;
      printNotice(`${username} is ${after.role} now, and sees ${sees}.`);
    });

  taking(
    'disable',
    'disable an operator and end their sessions (immediately)',
    losing(
      'can no longer log in, and the tokens that they added stop working',
      ' What they did stays in the audit, and they can be enabled again.',
    ),
  );

  operator
    .command('enable <username>')
    .description('enable a disabled operator, with their old password')
    .action(async (username: string) => {
      await store.change(
        { name: 'operator enable', what: { username }, needs: MANAGE },
        (opened) => operatorsOf(opened).enable(username),
        (came) => came,
      );
    });

  operator
    .command('sessions <username>')
    .description("print an operator's sessions, last used first, as JSON lines")
    .action((username: string) =>
      store.look({ name: 'operator sessions', what: { username } }, async (opened, print) => {
        for (const { tokenHash, address, beganAt, seenAt } of await sessionsOf(opened, now, username)) {
          const times = { BeganAt: wallClockAt(beganAt), SeenAt: wallClockAt(seenAt) };
          print({ Session: tokenHash.slice(0, SHOWN_OF_SESSION), Address: address, ...times });
        }
      }),
    );

  operator
    .command('end-session <username> <session>')
    .description('end one session from `operator sessions` (immediately)')
    .option(...YES)
    .action(async (username: string, session: string, { yes }: { yes?: true }) => {
      const says = (opened: Store<OperatorTables>) => whatEndingSessionDoes(opened, now, username, session);
      await store.change(
        {
          name: 'operator end-session',
          what: { username, session },
          needs: MANAGE,
          destroys: { name: username, yes, says },
        },
        async (opened) => {
          const named = await sessionNamed(opened, now, username, session);
          const ended = named && (await createSessions(opened, now).endOne(username, named.tokenHash));
          if (ended) return ended;
          throw new ExpectedError(`${username} has no such session, or it has ended.`);
        },
        ({ address, beganAt }) => ({ address, beganAt: wallClockAt(beganAt) }),
      );
    });

  taking(
    'end-sessions',
    'end their sessions, at once, also on the running service; they can log in again',
    async (opened, username) => {
      const sessions = await createSessions(opened, now).list(username);
      return sessions.length === 0 ? null : losing('has to log in again')(opened, username);
    },
  );

  taking(
    'reset-second-factor',
    'remove all second factors of an operator, end their sessions',
    losing('loses the authenticator app, every passkey and all recovery codes'),
  );

  operator
    .command('reset-password <username>')
    .description('end their sessions and print a one-time password (shown once)')
    .option(...YES)
    .action(async (username: string, { yes }: { yes?: true }) => {
      const says = losing('cannot log in with the present password any more');
      const destroys = { name: username, yes, says: (opened: Store<OperatorTables>) => says(opened, username) };
      const { password, passwordHash } = await issuePassword(createPasswords());
      const { oneTimeUntil } = await store.change(
        { name: 'operator reset-password', what: { username }, needs: MANAGE, destroys },
        (opened) => operatorsOf(opened).resetPassword(username, passwordHash),
        ({ sessionsEnded }) => ({ sessionsEnded }),
      );
      printOneTimePassword(username, password, oneTimeUntil);
    });

  operator
    .command('recover <username>')
    .description('make somebody an administrator if none can log in (audited)')
    .action(async (username: string) => {
      parseOperatorName(username);
      const { password, passwordHash } = await issuePassword(createPasswords());
      const { oneTimeUntil } = await store.change(
        { name: 'operator recover', what: { username }, needs: null },
        (opened) => recover(opened, now, { username, passwordHash }),
        ({ oneTimeUntil: _, ...came }) => came,
      );
      printOneTimePassword(username, password, oneTimeUntil);
    });
}

/** Describes what `operator end-session` will do; null if there is no such session. */
async function whatEndingSessionDoes(
  store: Store<OperatorTables>,
  now: () => number,
  username: string,
  session: string,
): Promise<string | null> {
  const named = await sessionNamed(store, now, username, session);
  if (named === undefined) return null;
  return `${username} has to log in again at ${named.address}, where they have been logged in since ${wallClockAt(named.beganAt)}. Their other sessions go on.`;
}

/** The length of the hash prefix that names a session. */
const SHOWN_OF_SESSION = 16;

/** @throws OperatorFault if there is no such operator. */
async function sessionsOf(store: Store<OperatorTables>, now: () => number, username: string) {
  await mustExist(store.db, username);
  return createSessions(store, now).list(username);
}

/** One of their sessions, by so much of its hash as `operator sessions` prints. */
async function sessionNamed(store: Store<OperatorTables>, now: () => number, username: string, session: string) {
  const going = await sessionsOf(store, now, username);
  return going.find(({ tokenHash }) => tokenHash.slice(0, SHOWN_OF_SESSION) === session);
}

/** Makes any operator an administrator who needs only a one-time password to log in. */
async function recover(
  store: Store<OperatorTables>,
  now: () => number,
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

function cinemasFor(role: Role, cinemas: Omit<ChangeOptions, 'role'>, command: Command): Rights['cinemaCodes'] {
  if (role !== 'administrator') return cinemasOf(cinemas, command);
  if (cinemas.cinemas !== undefined) {
    command.error('error: an administrator sees every cinema; leave --cinemas out', { exitCode: 2 });
  }
  return 'all';
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
