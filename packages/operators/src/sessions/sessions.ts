import type { Recurring } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import { noteFailedLogin, tryOperation } from '../operation.ts';
import { lockVerified } from '../people/locks.ts';
import { endSessionsOf, hasSecondFactor, hasSecondFactorNow, type Operator, operatorIn } from '../people/operator.ts';
import { hashOfToken, makeToken } from '../people/passwords.ts';
import type { OperatorTables } from '../people/tables.ts';
import { createPasskeys } from '../second-factor/passkeys.ts';
import type { OperationTables } from '../transparency-log/log-tables.ts';
import { AHEAD_MS, createTries } from './pace.ts';

/** A session ends when nothing was asked for so long, in any case so long after the login, and where the clock was set back behind it. */
const IDLE_MS = 30 * 60_000;
const ABSOLUTE_MS = 12 * 3_600_000;
/** The time of the last request is written when it is this old. */
const SEEN_EVERY_MS = 60_000;
/** The most sessions of one operator at a time; a further login ends the oldest. */
const MAX_SESSIONS = 16;

export type Session = {
  readonly tokenHash: string;
  readonly operator: Operator;
  readonly address: string;
};

type Begun = { username: string; passwordHash: string; address: string; secondFactorShown: boolean };

const LISTED = ['tokenHash', 'address', 'beganAt', 'seenAt'] as const;

export type Sessions = ReturnType<typeof createSessions>;

/** The sessions of operators, in the database, so that each of several processes knows them. Reading S4. */
export function createSessions(store: Store<OperatorTables>, now: () => number) {
  return {
    /**
     * Begins a session and returns its token (only the hash is stored), and how many older ones ended because there were
     * too many. Null if the operator was disabled, got another password since, or has a second factor that was not shown.
     */
    begin: ({ username, passwordHash, address, secondFactorShown }: Begun) =>
      store.transaction(async (db) => {
        if (!(await lockVerified(store, db, { username, passwordHash }))) return null;
        // Asked once the lock is held: PostgreSQL answers the query that waited for it as things stood before.
        if (!secondFactorShown && (await hasSecondFactorNow(db, username))) return null;
        const token = makeToken();
        await db
          .insertInto('operatorSession')
          .values({ tokenHash: hashOfToken(token), username, address, beganAt: now(), seenAt: now() })
          .execute();
        const beyond = await db
          .selectFrom('operatorSession')
          .select('tokenHash')
          .where('username', '=', username)
          .orderBy('beganAt', 'desc')
          .limit(MAX_SESSIONS)
          .offset(MAX_SESSIONS)
          .execute();
        const hashes = beyond.map(({ tokenHash }) => tokenHash);
        if (hashes.length > 0) await db.deleteFrom('operatorSession').where('tokenHash', 'in', hashes).execute();
        return { token, ended: hashes.length };
      }),
    /** The session of a token, null if there is none or it has ended. Counts as use and extends it, unless `asUse` is false. */
    async find(token: string, { asUse = true } = {}) {
      const tokenHash = hashOfToken(token);
      const [row] = await store.readCommitted(
        store.db
          .selectFrom('operatorSession')
          .innerJoin('operator', 'operator.username', 'operatorSession.username')
          .select(['address', 'beganAt', 'seenAt'])
          .select(['operator.username', 'role', 'cinemaCodes', 'oneTimeUntil', 'createdAt', 'disabledAt'])
          .select((eb) => hasSecondFactor(eb).as('hasSecondFactor'))
          .where('tokenHash', '=', tokenHash)
          .where('disabledAt', 'is', null)
          .compile(),
      );
      if (row === undefined || endOf(row, now()) !== null) return null;
      if (asUse && now() - row.seenAt >= SEEN_EVERY_MS) {
        const seen = store.db.updateTable('operatorSession').set({ seenAt: now() });
        await seen.where('tokenHash', '=', tokenHash).execute();
      }
      return { tokenHash, operator: operatorIn(row), address: row.address };
    },
    /** The sessions of an operator that go on, the one that was used last first. */
    async list(username: string) {
      const rows = await store.db
        .selectFrom('operatorSession')
        .select(LISTED)
        .where('username', '=', username)
        .orderBy('seenAt', 'desc')
        .orderBy('beganAt', 'desc')
        .execute();
      return rows.filter((row) => endOf(row, now()) === null);
    },
    /** Ends one of an operator's sessions, named by its hash; null if they have no such session any more. */
    async endOne(username: string, tokenHash: string) {
      const [ended] = await store.db
        .deleteFrom('operatorSession')
        .where('username', '=', username)
        .where('tokenHash', '=', tokenHash)
        .returning(LISTED)
        .execute();
      return ended ?? null;
    },
    endOthers: (username: string, tokenHash: string) =>
      store.transaction((db) => endSessionsOf(db, username, { except: tokenHash })),
    async end(tokenHash: string) {
      const ended = store.db.deleteFrom('operatorSession').where('tokenHash', '=', tokenHash);
      return (await ended.executeTakeFirst()).numDeletedRows > 0n;
    },
    /** Sessions that have ended by themselves and are still in the database. */
    listEnded: () =>
      store.db
        .selectFrom('operatorSession')
        .select(['tokenHash', 'username', 'address', 'beganAt', 'seenAt'])
        .where((eb) =>
          eb.or([
            eb('seenAt', '<=', now() - IDLE_MS),
            eb('beganAt', '<=', now() - ABSOLUTE_MS),
            // Whose beginning lies ahead was seen no earlier.
            eb('seenAt', '>', now() + AHEAD_MS),
          ]),
        )
        .limit(1000)
        .execute(),
  };
}

function endOf({ beganAt, seenAt }: { beganAt: number; seenAt: number }, at: number) {
  // It would go on until the clock comes there again.
  if (seenAt > at + AHEAD_MS) return 'clock set back';
  const [idle, absolute] = [seenAt + IDLE_MS, beganAt + ABSOLUTE_MS];
  if (at < Math.min(idle, absolute)) return null;
  return idle < absolute ? 'idle' : 'absolute';
}

const STEP_MS = 10 * 60_000;

/** Logins between password and second factor, in the database, so that each of several processes knows them. */
export function createLoginSteps(store: Store<OperatorTables>, now: () => number) {
  return {
    /** Begins a step and returns its token; null if the operator was disabled, or got another password, since it was verified. */
    begin: (verified: Omit<Begun, 'secondFactorShown'>) =>
      store.transaction(async (db) => {
        if (!(await lockVerified(store, db, verified))) return null;
        const token = makeToken();
        const { username, address } = verified;
        const step = { tokenHash: hashOfToken(token), username, address, beganAt: now() };
        await db.insertInto('operatorLoginStep').values(step).execute();
        return token;
      }),
    /** The step of a token; null if there is none, it has expired, or the operator was disabled. */
    async find(token: string) {
      const [step] = await store.db
        .selectFrom('operatorLoginStep')
        .innerJoin('operator', 'operator.username', 'operatorLoginStep.username')
        .select(['tokenHash', 'operator.username', 'passwordHash'])
        .where('tokenHash', '=', hashOfToken(token))
        .where('beganAt', '>', now() - STEP_MS)
        .where('disabledAt', 'is', null)
        .execute();
      return step ?? null;
    },
    async end(tokenHash: string) {
      const ended = store.db.deleteFrom('operatorLoginStep').where('tokenHash', '=', tokenHash);
      return (await ended.executeTakeFirst()).numDeletedRows > 0n;
    },
    /** Deletes abandoned steps, and returns whose they were and from where. */
    deleteOld: () =>
      store.db
        .deleteFrom('operatorLoginStep')
        .where('beganAt', '<=', now() - STEP_MS)
        .returning(['username', 'address'])
        .execute(),
  };
}

const EVERY_MS = 60_000;

type Ending = { store: Store<OperatorTables & OperationTables>; now: () => number };

/** Deletes expired sessions, each as an operation of its operator, and abandoned logins, which are recorded as failed. */
export async function endSessions({ store, now }: Ending): Promise<void> {
  for (const { username, address } of await createLoginSteps(store, now).deleteOld()) {
    const what = { afterRightPassword: true, unconfirmed: true };
    await noteFailedLogin(withTables(store), { actor: username, from: address, what, now, afterPassword: true });
  }
  await createPasskeys(store, now).deleteOld();
  await createTries(store, now).deleteOld();
  for (const { tokenHash, username, address, ...times } of await createSessions(store, now).listEnded()) {
    const reason = endOf(times, now());
    const operation = { name: 'session end', actor: username, from: address, what: { reason }, now };
    await tryOperation(store, operation, async (within) =>
      (await createSessions(within, now).end(tokenHash)) ? true : null,
    );
  }
}

export function endSessionsJob(ending: Ending): Recurring {
  return { everyMs: EVERY_MS, atOnce: true, run: () => endSessions(ending) };
}
