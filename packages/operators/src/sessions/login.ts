import { epochOf } from '@ticket-check/protocol';
import { type Store, withTables } from '@ticket-check/storage';
import { noteFailedLogin, runOperation, tryOperation } from '../operation.ts';
import { lockOperatorIn } from '../people/locks.ts';
import { isOperatorName } from '../people/operator.ts';
import { createOperators } from '../people/operators.ts';
import { createPasswords, faultInPassword, type PasswordFault, type Passwords } from '../people/passwords.ts';
import type { OperatorTables } from '../people/tables.ts';
import { createPasskeys } from '../second-factor/passkeys.ts';
import { createSecondFactors, type SecondFactorShown } from '../second-factor/second-factors.ts';
import type { OperationTables } from '../transparency-log/log-tables.ts';
import { createLoginPace, createTries } from './pace.ts';
import { createLoginSteps, createSessions, type Session } from './sessions.ts';

/** `refused`: a wrong password, an unknown or disabled operator and a one-time password that has ended are one answer. */
export type LoginRefusal = { readonly kind: 'refused' } | { readonly kind: 'too-soon'; readonly waitSeconds: number };

type In = { readonly kind: 'in'; readonly token: string };

/** `second-factor`: the password was right, and the token is of the step that the second factor belongs to. */
type LoginOutcome = In | { readonly kind: 'second-factor'; readonly token: string } | LoginRefusal;

/** `expired`: the password was too long ago. */
type ConfirmationOutcome = In | { readonly kind: 'expired' } | LoginRefusal;

type PasswordOutcome = In | LoginRefusal | { readonly kind: 'unusable'; readonly fault: PasswordFault | 'unchanged' };

type Asked = { username: string; password: string; address: string };

type Confirmation = { token: string; shown: SecondFactorShown; address: string };

export type Logins = ReturnType<typeof createLogins>;

/**
 * Logging in and out. Each is an operation of the operator; reading S4. Strangers at the login and operators in their sessions have
 * a queue each, so that neither holds up the other.
 */
export function createLogins(options: {
  store: Store<OperatorTables & OperationTables>;
  now: () => number;
  makePasswords?: () => Passwords;
  slowedMs?: number;
}) {
  const { store, now, makePasswords = createPasswords, ...pacing } = options;
  /** A queue of passwords to verify, and the pace at which it is entered. */
  const paced = (at: 'login' | 'session') => ({
    passwords: makePasswords(),
    pace: createLoginPace({ store, now, at, ...pacing }),
  });
  const [atLogin, inSession] = [paced('login'), paced('session')];
  const operators = createOperators(store, now);

  /** Verifies a password. The hash that it fits, or that it was refused. */
  async function verified(
    passwords: Passwords,
    { username, password, address }: Asked,
  ): Promise<{ kind: 'right'; passwordHash: string; hasSecondFactor: boolean } | { kind: 'refused' }> {
    const operator = await operators.find(username);
    const isRight = await passwords.verify(operator?.passwordHash ?? null, password);
    const isInForce =
      operator !== null &&
      operator.disabledAt === null &&
      (operator.oneTimeUntil === null || now() < epochOf(operator.oneTimeUntil));
    if (isRight && isInForce) {
      const { passwordHash, hasSecondFactor } = operator;
      return { kind: 'right', passwordHash, hasSecondFactor };
    }
    await noteFailedLogin(withTables(store), { actor: operator?.username ?? null, from: address, what: {}, now });
    return { kind: 'refused' };
  }

  async function atPace<T extends { kind: string }>(
    { pace, passwords }: typeof atLogin,
    from: { place: string; username: string },
    work: (passwords: Passwords) => Promise<T>,
  ): Promise<T | LoginRefusal> {
    const outcome = await pace(
      from,
      () => work(passwords),
      ({ kind }) => kind === 'refused',
    );
    return 'waitSeconds' in outcome ? { kind: 'too-soon', ...outcome } : outcome;
  }

  const ofSession = ({ tokenHash, operator: { username } }: Session) => ({ place: tokenHash, username });

  return {
    passwords: inSession.passwords,

    /** Begins a session if the password is right, or a login step if the operator has a second factor. */
    async login({ username, password, address }: Asked): Promise<LoginOutcome> {
      const typed = username.trim().toLowerCase();
      // What nobody can be called is looked up too: it takes the same work.
      const name = isOperatorName(typed) ? typed : '';
      const from = { place: address, username: name };
      const outcome = await atPace(atLogin, from, (passwords) =>
        verified(passwords, { username: name, password, address }),
      );
      if (outcome.kind !== 'right') return outcome;
      const { passwordHash, hasSecondFactor } = outcome;
      if (hasSecondFactor) {
        const token = await createLoginSteps(store, now).begin({ username: name, passwordHash, address });
        return token === null ? { kind: 'refused' } : { kind: 'second-factor', token };
      }
      const begun = await tryOperation(
        store,
        { name: 'login', actor: name, from: address, what: {}, now },
        (within) =>
          createSessions(within, now).begin({ username: name, passwordHash, address, secondFactorShown: false }),
        ({ ended }) => (ended === 0 ? {} : { sessionsEnded: ended }),
      );
      return begun === null ? { kind: 'refused' } : { kind: 'in', token: begun.token };
    },

    /** What a login that waits for its second factor can be confirmed with, in a browser at `host`; null if it came too late. */
    async ask({ token, host }: { token: string; host: string }) {
      const step = await createLoginSteps(store, now).find(token);
      if (step === null) return null;
      const { totpSince, recoveryCodes } = await createSecondFactors(store, now).state(step.username);
      const passkey = await createPasskeys(store, now).ask(step.username, { step: step.tokenHash, host });
      return { byCode: totpSince !== null || recoveryCodes > 0, passkey };
    },

    /** Begins the session of a login that waits for its second factor, where what was shown is right. */
    async confirm({ token, shown, address }: Confirmation): Promise<ConfirmationOutcome> {
      const step = await createLoginSteps(store, now).find(token);
      if (step === null) return { kind: 'expired' };
      const { username, passwordHash } = step;
      const tries = createTries(store, now);
      // A passkey cannot be guessed, and lets its owner in while somebody guesses codes.
      const waitSeconds = 'code' in shown ? await tries.count(username, 'code') : 0;
      if (waitSeconds > 0) return { kind: 'too-soon', waitSeconds };
      const begun = await tryOperation(
        store,
        { name: 'login', actor: username, from: address, what: {}, now },
        async (within) => {
          const secondFactor = await createSecondFactors(within, now).use(username, step.tokenHash, shown);
          if (secondFactor === null || !(await createLoginSteps(within, now).end(step.tokenHash))) return null;
          if ('code' in shown) await createTries(within, now).forget(username, 'code');
          const session = { username, passwordHash, address, secondFactorShown: true };
          const begun = await createSessions(within, now).begin(session);
          return begun === null ? null : { ...begun, secondFactor };
        },
        ({ ended, secondFactor }) => ({ secondFactor, ...(ended === 0 ? {} : { sessionsEnded: ended }) }),
      );
      if (begun !== null) return { kind: 'in', token: begun.token };
      const failed = { actor: username, from: address, what: { afterRightPassword: true }, now, afterPassword: true };
      await noteFailedLogin(withTables(store), failed);
      return { kind: 'refused' };
    },

    /** Verifies the password of a session's operator again, before something that a browser left open must not do. */
    async verify(
      session: Session,
      { password, address }: Omit<Asked, 'username'>,
    ): Promise<{ readonly kind: 'right' } | LoginRefusal> {
      const { username } = session.operator;
      const outcome = await atPace(inSession, ofSession(session), (passwords) =>
        verified(passwords, { username, password, address }),
      );
      return outcome.kind === 'right' ? { kind: 'right' } : outcome;
    },

    /**
     * Sets a new password for the operator of a session, ends their sessions and begins another. Their password until then was
     * verified, or is a one-time password, with which they have only just logged in.
     */
    async changePassword(
      session: Session,
      { chosen, address }: { chosen: string; address: string },
    ): Promise<PasswordOutcome> {
      const { username } = session.operator;
      return atPace(inSession, ofSession(session), async (passwords): Promise<PasswordOutcome> => {
        const before = await operators.find(username);
        if (before === null) return { kind: 'refused' };
        const fault = faultInPassword(chosen, username);
        if (fault !== null) return { kind: 'unusable', fault };
        if (await passwords.verify(before.passwordHash, chosen)) return { kind: 'unusable', fault: 'unchanged' };
        const passwordHash = await passwords.hash(chosen);
        const begun = await tryOperation(
          store,
          { name: 'operator change-password', actor: username, from: address, what: { username }, now },
          async (within) => {
            // The body of a request may come after the end of the session that its head was sent in.
            if (!(await lockOperatorIn(within, within.db, { username, session: session.tokenHash }))) return null;
            const changed = { before: before.passwordHash, passwordHash };
            if (!(await createOperators(within, now).choosePassword(username, changed))) return null;
            return createSessions(within, now).begin({ username, passwordHash, address, secondFactorShown: true });
          },
        );
        return begun === null ? { kind: 'refused' } : { kind: 'in', token: begun.token };
      });
    },

    async logout({ tokenHash, operator }: Session, address: string) {
      const operation = { name: 'logout', actor: operator.username, from: address, what: {}, now };
      await runOperation(store, operation, (within) => createSessions(within, now).end(tokenHash));
    },
  };
}
