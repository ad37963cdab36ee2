import { type CinemaCode, storedCinemas, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import { locked } from './locks.ts';
import { endSessionsOf, hasSecondFactor, isOperatorName, mustExist, OperatorFault, operatorIn } from './operator.ts';
import type { Role } from './role.ts';
import type { OperatorTables } from './tables.ts';

/** How long a password that somebody else issued may be used. */
const ONE_TIME_MS = 3 * 86_400_000;

export type Rights = { readonly role: Role; readonly cinemaCodes: readonly CinemaCode[] | 'all' };

/** Null keeps the cinemas; `from`: the rights that they are supposed to have before. */
type ChangedRights = Pick<Rights, 'role'> & {
  readonly cinemaCodes: Rights['cinemaCodes'] | null;
  readonly from?: Rights | undefined;
};

export const keptCinemas = (cinemaCodes: Rights['cinemaCodes']): string =>
  cinemaCodes === 'all' ? 'all' : JSON.stringify([...new Set(cinemaCodes)].toSorted());

function shownRights({ role, cinemaCodes }: { role: Role; cinemaCodes: string }): Rights {
  return { role, cinemaCodes: storedCinemas(cinemaCodes) };
}

function allOf(db: Kysely<OperatorTables>) {
  return db
    .selectFrom('operator')
    .selectAll()
    .select((eb) => hasSecondFactor(eb).as('hasSecondFactor'));
}

export type Operators = ReturnType<typeof createOperators>;

/** The people of a platform. A change is run as an operation. @throws OperatorFault if one cannot be made */
export function createOperators(store: Store<OperatorTables>, now: () => number) {
  /**
   * Two administrators who shut each other out wait for one another here, on PostgreSQL by the lock. One whose one-time password
   * has ended is none who could undo it.
   */
  async function mustLeaveAdministrator(db: Kysely<OperatorTables>, username: string): Promise<void> {
    const administrators = db
      .selectFrom('operator')
      .select(['username', 'oneTimeUntil'])
      .where('role', '=', 'administrator')
      .where('disabledAt', 'is', null)
      .orderBy('username');
    const enabled = await locked(store, administrators).execute();
    const at = wallClockAt(now());
    const left = enabled.filter((one) => one.username !== username);
    const isOne = left.length < enabled.length;
    if (!isOne || left.some(({ oneTimeUntil }) => oneTimeUntil === null || at < oneTimeUntil)) return;
    throw new OperatorFault('last-administrator');
  }

  /** Who is disabled already stays so since then. */
  async function setDisabled(db: Kysely<OperatorTables>, username: string, at: WallClock | null) {
    const row = db.selectFrom('operator').select('disabledAt').where('username', '=', username);
    const before = await locked(store, row).executeTakeFirstOrThrow();
    const after = { disabledAt: at === null ? null : (before.disabledAt ?? at) };
    await db.updateTable('operator').set(after).where('username', '=', username).execute();
    return { before, after };
  }

  const changing = <T>(username: string, change: (db: Kysely<OperatorTables>) => Promise<T>) =>
    store.transaction(async (db) => {
      await mustExist(db, username);
      return change(db);
    });

  return {
    async find(username: string) {
      const [row] = await store.readCommitted(allOf(store.db).where('username', '=', username).compile());
      return row === undefined ? null : { ...operatorIn(row), passwordHash: row.passwordHash };
    },
    async list() {
      return (await allOf(store.db).orderBy('username').execute()).map(operatorIn);
    },
    /** Adds somebody with a one-time password, and answers until when that may be used. */
    async add({ username, role, cinemaCodes, passwordHash }: Rights & { username: string; passwordHash: string }) {
      if (!isOperatorName(username)) throw new OperatorFault('bad-username');
      const oneTimeUntil = wallClockAt(now() + ONE_TIME_MS);
      const added = await store.db
        .insertInto('operator')
        .values({
          username,
          role,
          passwordHash,
          oneTimeUntil,
          cinemaCodes: keptCinemas(cinemaCodes),
          createdAt: wallClockAt(now()),
          disabledAt: null,
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('username')
        .execute();
      if (added.length === 0) throw new OperatorFault('taken');
      return oneTimeUntil;
    },
    /** Disables the operator and ends their sessions; answers how many, and since when they were and are disabled. */
    disable: (username: string) =>
      changing(username, async (db) => {
        await mustLeaveAdministrator(db, username);
        const standing = await setDisabled(db, username, wallClockAt(now()));
        return { ...standing, sessionsEnded: await endSessionsOf(db, username) };
      }),
    /** Changes role and cinemas, effective immediately in open sessions too; refused where they are not as in `from`. */
    change: (username: string, { role, cinemaCodes, from }: ChangedRights) =>
      changing(username, async (db) => {
        if (role !== 'administrator') await mustLeaveAdministrator(db, username);
        const rights = db.selectFrom('operator').select(['role', 'cinemaCodes']).where('username', '=', username);
        const before = await locked(store, rights).executeTakeFirstOrThrow();
        if (from !== undefined && (before.role !== from.role || before.cinemaCodes !== keptCinemas(from.cinemaCodes))) {
          throw new OperatorFault('changed-meanwhile');
        }
        const after = { role, cinemaCodes: cinemaCodes === null ? before.cinemaCodes : keptCinemas(cinemaCodes) };
        await db.updateTable('operator').set(after).where('username', '=', username).execute();
        return { before: shownRights(before), after: shownRights(after) };
      }),
    enable: (username: string) => changing(username, (db) => setDisabled(db, username, null)),
    /** Gives the operator a one-time password and ends their sessions. */
    resetPassword: (username: string, passwordHash: string) =>
      changing(username, async (db) => {
        const oneTimeUntil = wallClockAt(now() + ONE_TIME_MS);
        await db.updateTable('operator').set({ passwordHash, oneTimeUntil }).where('username', '=', username).execute();
        return { oneTimeUntil, sessionsEnded: await endSessionsOf(db, username) };
      }),
    /** Ends the operator's sessions; a new one can begin at once. */
    endSessions: (username: string) =>
      changing(username, async (db) => ({ sessionsEnded: await endSessionsOf(db, username) })),
    /** Sets the password that the operator chose and ends their sessions; false if it has changed from `before` meanwhile. */
    choosePassword: (username: string, { before, passwordHash }: { before: string; passwordHash: string }) =>
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
