import { mergeMigrations, type Store } from '@ticket-check/storage';
import { createOperators } from '../people/operators.ts';
import { createPasswords, hashOfToken } from '../people/passwords.ts';
import type { Role } from '../people/role.ts';
import { type OperatorTables, operatorMigrations } from '../people/tables.ts';
import { createSecondFactors } from '../second-factor/second-factors.ts';
import { createLogins } from '../sessions/login.ts';
import { createSessions } from '../sessions/sessions.ts';
import { type OperationTables, operationMigrations } from '../transparency-log/log-tables.ts';
import { addOperatorTo, beginSession, ONE_TIME, OWN } from './index.ts';

export type PeopleTables = OperatorTables & OperationTables;
export const peopleMigrations = mergeMigrations(operationMigrations, operatorMigrations);

export { ONE_TIME, OWN };
export const ADDRESS = '192.0.2.7';

const passwords = createPasswords();

/**
 * Logging in to a store, as a service does; `clock` is moved by the test.
 *
 * @param passwordsVerified what happens between the verification of a password and what follows it
 */
export function peopleOf(
  store: Store<PeopleTables>,
  { passwordsVerified }: { passwordsVerified?: () => Promise<unknown> } = {},
) {
  const clock = { at: Date.parse('2026-11-30T12:00:00+08:00') };
  const now = () => clock.at;
  const operators = createOperators(store, now);
  const sessions = createSessions(store, now);
  const interrupted: typeof passwords = {
    ...passwords,
    async verify(passwordHash, password) {
      const isRight = await passwords.verify(passwordHash, password);
      await passwordsVerified?.();
      return isRight;
    },
  };
  const logins = createLogins({ store, now, makePasswords: () => interrupted, slowedMs: 0 });
  return {
    clock,
    now,
    operators,
    sessions,
    secondFactors: createSecondFactors(store, now),
    logins,
    /** Adds somebody, who has chosen a password of their own unless `isNew`. */
    add: (username: string, added: { role?: Role } & Parameters<typeof addOperatorTo>[3] = {}) =>
      addOperatorTo(store, username, added.role ?? 'supervisor', { now, ...added }),
    /** Begins a session without a login, and answers the hash of its token. */
    beginSession: async (username: string) =>
      hashOfToken(await beginSession(store, username, { address: ADDRESS, now })),
    async operations() {
      const rows = await store.db
        .selectFrom('operation')
        .select(['name', 'actor', 'from', 'what'])
        .orderBy('id')
        .execute();
      return rows.map(({ what, ...row }) => ({ ...row, what: JSON.parse(what) }));
    },
  };
}
