import type { Store } from '@ticket-check/storage';
import type { OperatorTables } from '../people/operator-tables.ts';
import { lockVerified } from './lock-verified.ts';
import { hashOfToken, makeToken } from './session-token.ts';

/** The time after the password for the second factor. */
const STEP_MS = 10 * 60_000;

/** A login whose password was right. */
type LoginStep = { readonly tokenHash: string; readonly username: string; readonly passwordHash: string };

export type LoginSteps = {
  /**
   * Begins a step and returns its token; only the hash is stored. Returns null if the operator was disabled, or got another
   * password, since it was verified against `passwordHash`.
   */
  begin(verified: { username: string; passwordHash: string; address: string }): Promise<string | null>;
  /** The step of a token; null if there is none, it has expired, or the operator was disabled. */
  find(token: string): Promise<LoginStep | null>;
  /** Ends a step; false if it had ended already. */
  end(tokenHash: string): Promise<boolean>;
  /** Deletes abandoned steps, and returns whose they were and from where. */
  deleteOld(): Promise<{ username: string; address: string }[]>;
};

/** Logins between password and second factor, in the database, so that each of several processes knows them. */
export function createLoginSteps(store: Store<OperatorTables>, now: () => number): LoginSteps {
  return {
    begin: (verified) =>
      store.transaction(async (db) => {
        if (!(await lockVerified(store, db, verified))) return null;
        const token = makeToken();
        const { username, address } = verified;
        const step = { tokenHash: hashOfToken(token), username, address, beganAt: now() };
        await db.insertInto('operatorLoginStep').values(step).execute();
        return token;
      }),
    async find(token) {
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
    async end(tokenHash) {
      const ended = await store.db
        .deleteFrom('operatorLoginStep')
        .where('tokenHash', '=', tokenHash)
        .returning('tokenHash')
        .execute();
      return ended.length > 0;
    },
    deleteOld: () =>
      store.db
        .deleteFrom('operatorLoginStep')
        .where('beganAt', '<=', now() - STEP_MS)
        .returning(['username', 'address'])
        .execute(),
  };
}
