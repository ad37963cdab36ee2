import type { Store } from '@ticket-check/storage';
import { endSessionsOf } from '../people/end-sessions-of.ts';
import { hasSecondFactor, hasSecondFactorNow } from '../people/has-second-factor.ts';
import { type Operator, operatorIn } from '../people/operator.ts';
import type { OperatorTables } from '../people/operator-tables.ts';
import { lockVerified } from './lock-verified.ts';
import { hashOfToken, makeToken } from './session-token.ts';

/** A session ends when nothing was asked for so long, in any case so long after the login, and where the clock was set back behind it. */
const IDLE_MS = 30 * 60_000;
const ABSOLUTE_MS = 12 * 3_600_000;
/** Times further ahead than clocks of several processes are apart were written before the clock was set back. */
const AHEAD_MS = 5 * 60_000;
/** The time of the last request is written when it is this old. */
const SEEN_EVERY_MS = 60_000;
/** The most sessions of one operator at a time; a further login ends the oldest. */
const MAX_SESSIONS = 16;

export type Session = {
  readonly tokenHash: string;
  readonly operator: Operator;
  /** The address that the operator logged in from. */
  readonly address: string;
};

/** A session that goes on, as its operator sees it. */
type ListedSession = {
  readonly tokenHash: string;
  readonly address: string;
  /** Epoch milliseconds. */
  readonly beganAt: number;
  /** Epoch milliseconds of the last request, up to a minute behind. */
  readonly seenAt: number;
};

type BegunSession = { readonly token: string; readonly ended: number };

const LISTED = ['tokenHash', 'address', 'beganAt', 'seenAt'] as const;

/** Why a session expired. */
type SessionEnd = 'idle' | 'absolute' | 'clock set back';

export type Sessions = {
  /**
   * Begins a session and returns its token (only the hash is stored), and how many older ones ended because there were too
   * many. Returns null if the operator was disabled, or got another password, since it was verified against `passwordHash`, and
   * if they have a second factor that was not shown.
   */
  begin(begun: {
    username: string;
    passwordHash: string;
    address: string;
    secondFactorShown: boolean;
  }): Promise<BegunSession | null>;
  /**
   * Reads the session of a token from the database; null if there is none or it has ended. The reading counts as use and
   * extends the session, unless `asUse` is false.
   */
  find(token: string, options?: { asUse?: boolean }): Promise<Session | null>;
  /** The sessions of an operator that go on, the one that was used last first. */
  list(username: string): Promise<ListedSession[]>;
  /** Ends one of an operator's sessions, named by its hash; null if they have no such session any more. */
  endOne(username: string, tokenHash: string): Promise<ListedSession | null>;
  /** Ends an operator's sessions but for one; returns how many. */
  endOthers(username: string, tokenHash: string): Promise<number>;
  /** Ends a session; false if it had ended already. */
  end(tokenHash: string): Promise<boolean>;
  /** Sessions that have ended by themselves and are still in the database. */
  listEnded(): Promise<{ tokenHash: string; username: string; address: string; reason: SessionEnd }[]>;
};

/** The sessions of operators, in the database, so that each of several processes knows them. Reading S4. */
export function createSessions(store: Store<OperatorTables>, now: () => number): Sessions {
  return {
    begin: ({ username, passwordHash, address, secondFactorShown }) =>
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
          // Those that a clock ahead has left count as the oldest.
          .orderBy(
            (eb) =>
              eb
                .case()
                .when('beganAt', '>', now() + AHEAD_MS)
                .then(0)
                .else(eb.ref('beganAt'))
                .end(),
            'desc',
          )
          .limit(MAX_SESSIONS)
          .offset(MAX_SESSIONS)
          .execute();
        for (const { tokenHash } of beyond) {
          await db.deleteFrom('operatorSession').where('tokenHash', '=', tokenHash).execute();
        }
        return { token, ended: beyond.length };
      }),
    async find(token, { asUse = true } = {}) {
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
        await store.db
          .updateTable('operatorSession')
          .set({ seenAt: now() })
          .where('tokenHash', '=', tokenHash)
          .execute();
      }
      return { tokenHash, operator: operatorIn(row), address: row.address };
    },
    async list(username) {
      const rows = await store.db
        .selectFrom('operatorSession')
        .select(LISTED)
        .where('username', '=', username)
        .orderBy('seenAt', 'desc')
        .orderBy('beganAt', 'desc')
        .execute();
      return rows.filter((row) => endOf(row, now()) === null);
    },
    async endOne(username, tokenHash) {
      const [ended] = await store.db
        .deleteFrom('operatorSession')
        .where('username', '=', username)
        .where('tokenHash', '=', tokenHash)
        .returning(LISTED)
        .execute();
      return ended ?? null;
    },
    endOthers: (username, tokenHash) => store.transaction((db) => endSessionsOf(db, username, { except: tokenHash })),
    async end(tokenHash) {
      const ended = await store.db
        .deleteFrom('operatorSession')
        .where('tokenHash', '=', tokenHash)
        .returning('tokenHash')
        .execute();
      return ended.length > 0;
    },
    async listEnded() {
      const rows = await store.db
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
        .execute();
      return rows.map(({ beganAt, seenAt, ...session }) => ({
        ...session,
        reason: endOf({ beganAt, seenAt }, now()) ?? 'idle',
      }));
    },
  };
}

function endOf({ beganAt, seenAt }: { beganAt: number; seenAt: number }, at: number): SessionEnd | null {
  // It would go on until the clock comes there again.
  if (seenAt > at + AHEAD_MS) return 'clock set back';
  const [idle, absolute] = [seenAt + IDLE_MS, beganAt + ABSOLUTE_MS];
  if (at < Math.min(idle, absolute)) return null;
  return idle < absolute ? 'idle' : 'absolute';
}
