import { readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { epochOf, type WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { isOperatorName, type Operator } from './people/operator.ts';
import { createOperators } from './people/operators.ts';
import { createPasswords } from './people/passwords.ts';
import { permits, type Role } from './people/role.ts';
import type { OperatorTables } from './people/tables.ts';
import { createSecondFactors, type SecondFactorUsed } from './second-factor/second-factors.ts';
import { createTries } from './sessions/pace.ts';
import type { Asker, AskerRefused } from './tokens/api-tokens.ts';

/** Who runs a command: an operator, or a machine with a token. `secondFactor`: what was shown beside the password, null for nothing. */
export type Identity = Asker & { readonly secondFactor: SecondFactorUsed | null };

type IdentifyOptions = {
  now(): number;
  secondFactorRoles: readonly Role[];
  /** Asks for what is not shown while it is typed; null if there is no terminal. */
  ask(question: string): Promise<string | null>;
};

/** Finds out whether a command is run by an operator, as a login does, without a session. Scheme 5.3.2.1; reading S4. */
export async function identifyOperator(
  store: Store<OperatorTables>,
  typed: string,
  options: IdentifyOptions,
): Promise<Identity | AskerRefused> {
  const { now, ask } = options;
  const lower = typed.trim().toLowerCase();
  const tries = createTries(store, now);
  const password = await ask(`Password of ${lower}: `);
  if (password === null) return NO_TERMINAL;
  // What nobody can be called is looked up too: it takes the same work.
  const operator = await createOperators(store, now).find(isOperatorName(lower) ? lower : '');
  const username = operator?.username ?? '';
  const waitSeconds = await tries.count(username, 'password');
  if (waitSeconds > 0) return tooSoon(operator?.username ?? null, 'passwords', waitSeconds);
  const isRight = await createPasswords().verify(operator?.passwordHash ?? null, password);
  if (operator === null || !isRight) {
    return refuse(operator?.username ?? null, 'wrong password', 'The username or the password is wrong.');
  }
  await tries.forget(username, 'password');
  const refusal = refusalOf(operator, now());
  if (refusal !== null) return refusal;
  const secondFactor = await askSecondFactor(store, operator, options);
  if (secondFactor !== null && typeof secondFactor !== 'string') return secondFactor;
  const { cinemaCodes, role } = operator;
  return { actor: username, cinemaCodes, secondFactor, permits: (permission) => permits(role, permission) };
}

const refuse = (actor: string | null, refused: string, sentence: string): AskerRefused => ({
  actor,
  refused,
  sentence,
});

const NO_TERMINAL = refuse(
  null,
  'no terminal',
  'There is no terminal to ask for the password at: a script sets OPERATOR_TOKEN to an API token (token add).',
);

const tooSoon = (actor: string | null, what: string, waitSeconds: number) =>
  refuse(actor, 'too soon', `There were too many wrong ${what}: try again in ${waitSeconds} seconds.`);

/** Why an operator whose password was right may not run commands. */
function refusalOf({ username, disabledAt, oneTimeUntil }: Operator, at: number): AskerRefused | null {
  if (disabledAt !== null) return refuse(username, 'disabled', `The operator ${username} is disabled.`);
  if (oneTimeUntil === null) return null;
  return at < epochOf(oneTimeUntil as WallClock)
    ? refuse(
        username,
        'one-time password',
        `That is a one-time password: ${username} logs in at the console first, and chooses one of their own there.`,
      )
    : refuse(
        username,
        'one-time password ended',
        `The one-time password of ${username} ended at ${oneTimeUntil}: an administrator makes another (operator reset-password).`,
      );
}

/** Which one was shown, null if none is needed, or why the command may not be run. */
async function askSecondFactor(
  store: Store<OperatorTables>,
  { username, role, hasSecondFactor }: Operator,
  { now, ask, secondFactorRoles }: IdentifyOptions,
): Promise<SecondFactorUsed | AskerRefused | null> {
  if (!hasSecondFactor) {
    if (!secondFactorRoles.includes(role)) return null;
    const sentence = `${username} needs a second factor: it is set up at the next login at the console.`;
    return refuse(username, 'no second factor', sentence);
  }
  const factors = createSecondFactors(store, now);
  const { totpSince, recoveryCodes } = await factors.state(username);
  if (totpSince === null && recoveryCodes === 0) {
    const sentence = `A command takes no passkey: ${username} sets up an authenticator app or recovery codes at the console.`;
    return refuse(username, 'passkey alone', sentence);
  }
  const code = await ask('Code of the authenticator app, or a recovery code: ');
  if (code === null) return NO_TERMINAL;
  const tries = createTries(store, now);
  const waitSeconds = await tries.count(username, 'code');
  if (waitSeconds > 0) return tooSoon(username, 'codes', waitSeconds);
  // No passkey can be shown here, so that no login step is needed that one would have to sign.
  const used = await factors.use(username, '', { code });
  if (used === null) return refuse(username, 'wrong code', 'The code is wrong.');
  await tries.forget(username, 'code');
  return used;
}

/** Who runs a command, as the operating system knows them. In containers a user may have a number and no name. */
export function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/**
 * The origin of a command: the machine and, if known, the terminal, the user who became this one by `sudo`, and the address of
 * their SSH login. Users can forge the last two.
 */
export function commandFrom(env: NodeJS.ProcessEnv = process.env): string {
  const [ssh] = env.SSH_CONNECTION?.split(' ') ?? [];
  const parts = [hostname(), terminalOf(0), env.SUDO_USER && `sudo ${env.SUDO_USER}`, ssh && `ssh ${ssh}`];
  return parts.filter((part) => part !== undefined && part !== '').join(', ');
}

/** Where standard input comes from, such as `/dev/pts/3`. */
function terminalOf(descriptor: number): string | undefined {
  try {
    const path = readlinkSync(`/proc/self/fd/${descriptor}`);
    return /^\/dev\/(pts\/\d+|tty\w+|console)$/.test(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
