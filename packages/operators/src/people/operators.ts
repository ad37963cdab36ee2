import { type CinemaCode, type WallClock, wallClockAt } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import { endSessionsOf } from './end-sessions-of.ts';
import { hasSecondFactor } from './has-second-factor.ts';
import { mustExist } from './must-exist.ts';
import { type Operator, operatorIn, parseOperatorName } from './operator.ts';
import type { OperatorTables } from './operator-tables.ts';
import type { Role } from './role.ts';

/** How long a password that somebody else issued may be used. */
const ONE_TIME_MS = 3 * 86_400_000;

export type Operators = {
  find(username: string): Promise<(Operator & { readonly passwordHash: string }) | null>;
  /** By username. */
  list(): Promise<Operator[]>;
  /**
   * Adds somebody with a one-time password, and answers until when that may be used.
   * @throws ExpectedError where the username cannot be used or is taken.
   */
  add(added: {
    username: string;
    role: Role;
    cinemaCodes: readonly CinemaCode[] | 'all';
    passwordHash: string;
  }): Promise<WallClock>;
  /**
   * Ends the operator's sessions, and lets them log in no more. Answers how many sessions ended.
   * @throws ExpectedError where there is no such operator, or they are the last enabled administrator.
   */
  disable(username: string): Promise<number>;
  /** @throws ExpectedError where there is no such operator. */
  enable(username: string): Promise<void>;
  /**
   * Gives the operator a one-time password and ends their sessions.
   * @throws ExpectedError where there is no such operator.
   */
  resetPassword(username: string, passwordHash: string): Promise<{ oneTimeUntil: WallClock; sessionsEnded: number }>;
  /**
   * Ends the operator's sessions, of which there can be another one at once. Answers how many there were.
   * @throws ExpectedError where there is no such operator.
   */
  endSessions(username: string): Promise<number>;
  /** Sets the password that the operator chose and ends their sessions; false where it has changed from `before` meanwhile. */
  choosePassword(username: string, chosen: { before: string; passwordHash: string }): Promise<boolean>;
};

function allOf(db: Kysely<OperatorTables>) {
  return db
    .selectFrom('operator')
    .selectAll()
    .select((eb) => hasSecondFactor(eb).as('hasSecondFactor'));
}

/** The people of a platform. What changes something is run as an operation (`runOperation`). */
export function createOperators(store: Store<OperatorTables>, now: () => number): Operators {
  return {
    async find(username) {
      const [row] = await store.readCommitted(allOf(store.db).where('username', '=', username).compile());
      return row === undefined ? null : { ...operatorIn(row), passwordHash: row.passwordHash };
    },
    async list() {
      return (await allOf(store.db).orderBy('username').execute()).map(operatorIn);
    },
    async add({ username, role, cinemaCodes, passwordHash }) {
      parseOperatorName(username);
      const oneTimeUntil = wallClockAt(now() + ONE_TIME_MS);
      const added = await store.db
        .insertInto('operator')
        .values({
          ...{ username, role, passwordHash, oneTimeUntil },
          cinemaCodes: cinemaCodes === 'all' ? 'all' : JSON.stringify([...new Set(cinemaCodes)].toSorted()),
          createdAt: wallClockAt(now()),
          disabledAt: null,
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('username')
        .execute();
      if (added.length === 0) {
        throw new ExpectedError(`There is already an operator ${username}; \`operator list\` shows them.`);
      }
      return oneTimeUntil;
    },
    disable: (username) =>
      store.transaction(async (db) => {
        await mustExist(db, username);
        // Two administrators who disable each other wait for one another here, on PostgreSQL by the lock.
        const administrators = db
          .selectFrom('operator')
          .select('username')
          .where('role', '=', 'administrator')
          .where('disabledAt', 'is', null)
          .orderBy('username');
        const enabled = await (store.engine === 'postgres' ? administrators.forUpdate() : administrators).execute();
        if (enabled.length === 1 && enabled[0]?.username === username) {
          throw new ExpectedError(
            `${username} is the last enabled administrator; add or enable another administrator first.`,
          );
        }
        await db
          .updateTable('operator')
          .set({ disabledAt: wallClockAt(now()) })
          .where('username', '=', username)
          .where('disabledAt', 'is', null)
          .execute();
        return endSessionsOf(db, username);
      }),
    enable: (username) =>
      store.transaction(async (db) => {
        await mustExist(db, username);
        await db.updateTable('operator').set({ disabledAt: null }).where('username', '=', username).execute();
      }),
    resetPassword: (username, passwordHash) =>
      store.transaction(async (db) => {
        await mustExist(db, username);
        const oneTimeUntil = wallClockAt(now() + ONE_TIME_MS);
        await db.updateTable('operator').set({ passwordHash, oneTimeUntil }).where('username', '=', username).execute();
        return { oneTimeUntil, sessionsEnded: await endSessionsOf(db, username) };
      }),
    endSessions: (username) =>
      store.transaction(async (db) => {
        await mustExist(db, username);
        return endSessionsOf(db, username);
      }),
    choosePassword: (username, { before, passwordHash }) =>
      store.transaction(async (db) => {
        const changed = await db
          .updateTable('operator')
          .set({ passwordHash, oneTimeUntil: null })
          .where('username', '=', username)
          .where('passwordHash', '=', before)
          .where('disabledAt', 'is', null)
          .returning('username')
          .execute();
        if (changed.length === 0) return false;
        await endSessionsOf(db, username);
        return true;
      }),
  };
}
