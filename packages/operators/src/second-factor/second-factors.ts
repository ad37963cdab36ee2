import { createHash } from 'node:crypto';
import { wallClockAt } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import { endSessionsOf } from '../people/end-sessions-of.ts';
import { mustExist } from '../people/must-exist.ts';
import type { OperatorTables } from '../people/operator-tables.ts';
import { makeReadableSecret } from '../people/passwords.ts';
import { timeStepAt, timeStepOf } from './totp.ts';

const RECOVERY_CODES = 10;
/** Of five letters and digits each: 75 bits. */
const GROUPS_OF_RECOVERY_CODE = 3;

/** What an operator can show beside their password. */
type SecondFactorState = {
  /** Since when there is an authenticator app; null where there is none. */
  readonly totpSince: string | null;
  /** How many recovery codes are left. */
  readonly recoveryCodes: number;
};

/** How a login was confirmed. */
type SecondFactorUsed = 'totp' | 'recovery code';

export type SecondFactors = {
  state(username: string): Promise<SecondFactorState>;
  /**
   * Sets up an authenticator app, in place of one that there was, and ends the operator's other sessions. Answers new recovery
   * codes; null where the code is none of the secret.
   */
  setUpTotp(
    username: string,
    setUp: { secret: string; code: string; session: string },
  ): Promise<{ recoveryCodes: string[]; sessionsEnded: number } | null>;
  /** Takes the authenticator app and the recovery codes away; false where there is none. */
  removeTotp(username: string): Promise<boolean>;
  /** Makes recovery codes in place of those that there are. */
  makeRecoveryCodes(username: string): Promise<string[]>;
  /** Whether a code of the authenticator app or a recovery code lets its operator in. Each does so once. */
  use(username: string, code: string): Promise<SecondFactorUsed | null>;
  /**
   * Takes every second factor away, for somebody who has lost theirs, and ends their sessions; answers how many.
   * @throws ExpectedError where there is no such operator.
   */
  reset(username: string): Promise<number>;
};

/** The second factors of operators. What changes something is run as an operation (`runOperation`). Reading S4. */
export function createSecondFactors(store: Store<OperatorTables>, now: () => number): SecondFactors {
  async function removeCodes(db: Kysely<OperatorTables>, username: string): Promise<void> {
    await db.deleteFrom('operatorRecoveryCode').where('username', '=', username).execute();
  }

  async function newCodes(db: Kysely<OperatorTables>, username: string): Promise<string[]> {
    await removeCodes(db, username);
    const codes = Array.from({ length: RECOVERY_CODES }, () => makeReadableSecret(GROUPS_OF_RECOVERY_CODE));
    const rows = codes.map((code) => ({ codeHash: hashOf(code), username }));
    await db.insertInto('operatorRecoveryCode').values(rows).execute();
    return codes;
  }

  /** A login that is made at the same time waits, and then needs the second factor that there is. */
  async function lock(db: Kysely<OperatorTables>, username: string): Promise<void> {
    const operator = db.selectFrom('operator').select('username').where('username', '=', username);
    await (store.engine === 'postgres' ? operator.forUpdate() : operator).execute();
  }

  async function useTotp(username: string, code: string): Promise<boolean> {
    const app = await store.db
      .selectFrom('operatorTotp')
      .select('secret')
      .where('username', '=', username)
      .executeTakeFirst();
    const step = app === undefined ? null : await timeStepOf(app.secret, code, now());
    if (step === null) return false;
    const used = await store.db
      .updateTable('operatorTotp')
      .set({ lastStep: step })
      .where('username', '=', username)
      // A step far ahead is of a clock that was set back since.
      .where((eb) => eb.or([eb('lastStep', '<', step), eb('lastStep', '>', timeStepAt(now()) + 1)]))
      .returning('username')
      .execute();
    return used.length > 0;
  }

  return {
    async state(username) {
      const app = await store.db
        .selectFrom('operatorTotp')
        .select('setUpAt')
        .where('username', '=', username)
        .executeTakeFirst();
      const codes = await store.db
        .selectFrom('operatorRecoveryCode')
        .select('codeHash')
        .where('username', '=', username)
        .execute();
      return { totpSince: app?.setUpAt ?? null, recoveryCodes: codes.length };
    },
    async setUpTotp(username, { secret, code, session }) {
      const step = await timeStepOf(secret, code, now());
      if (step === null) return null;
      return store.transaction(async (db) => {
        await lock(db, username);
        const setUp = { secret, lastStep: step, setUpAt: wallClockAt(now()) };
        await db
          .insertInto('operatorTotp')
          .values({ username, ...setUp })
          .onConflict((conflict) => conflict.column('username').doUpdateSet(setUp))
          .execute();
        const recoveryCodes = await newCodes(db, username);
        return { recoveryCodes, sessionsEnded: await endSessionsOf(db, username, { except: session }) };
      });
    },
    removeTotp: (username) =>
      store.transaction(async (db) => {
        await removeCodes(db, username);
        const { numDeletedRows } = await db
          .deleteFrom('operatorTotp')
          .where('username', '=', username)
          .executeTakeFirst();
        return numDeletedRows > 0n;
      }),
    makeRecoveryCodes: (username) => store.transaction((db) => newCodes(db, username)),
    async use(username, code) {
      const typed = code.replaceAll(/\s/g, '').toLowerCase();
      if (/^\d{6}$/.test(typed)) return (await useTotp(username, typed)) ? 'totp' : null;
      const used = await store.db
        .deleteFrom('operatorRecoveryCode')
        .where('username', '=', username)
        .where('codeHash', '=', hashOf(typed))
        .returning('codeHash')
        .execute();
      return used.length > 0 ? 'recovery code' : null;
    },
    reset: (username) =>
      store.transaction(async (db) => {
        await mustExist(db, username);
        await lock(db, username);
        await removeCodes(db, username);
        await db.deleteFrom('operatorTotp').where('username', '=', username).execute();
        return endSessionsOf(db, username);
      }),
  };
}

const hashOf = (code: string): string => createHash('sha256').update(code).digest('hex');
