import { wallClockAt } from '@ticket-check/protocol';
import { OperationRefused } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { lockOperator, lockOperatorIn } from '../people/locks.ts';
import { endSessionsOf, hasSecondFactorNow, mustExist } from '../people/operator.ts';
import type { OperatorTables } from '../people/tables.ts';
import {
  countRecoveryCodes,
  removeRecoveryCodes,
  renewRecoveryCodes,
  timeStepAt,
  timeStepOf,
  useRecoveryCode,
} from './codes.ts';
import { createPasskeys } from './passkeys.ts';

/** What is shown beside the password: a code, or a passkey as the browser sent it. */
export type SecondFactorShown = { readonly code: string } | { readonly credential: string };

const LAST = {
  status: 409,
  zh: '您的角色必须使用两步验证，最后一种不能停用。请先设置另一种，再停用这一种。',
  en: 'Your role needs a second factor, so the last one cannot be removed. Set up another one first.',
} as const;

export type SecondFactorUsed = 'totp' | 'recovery code' | 'passkey';

/** The second factors of operators. What changes something is run as an operation (`runOperation`). Reading S4. */
export function createSecondFactors(store: Store<OperatorTables>, now: () => number) {
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
    /** When the authenticator app was set up, null without one; and how many recovery codes are left. */
    async state(username: string) {
      const app = await store.db
        .selectFrom('operatorTotp')
        .select('setUpAt')
        .where('username', '=', username)
        .executeTakeFirst();
      return { totpSince: app?.setUpAt ?? null, recoveryCodes: await countRecoveryCodes(store.db, username) };
    },
    /** Sets up or replaces the authenticator app, and ends other sessions. Null if the code does not fit, or the session has ended. */
    async setUpTotp(username: string, { secret, code, session }: { secret: string; code: string; session: string }) {
      const step = await timeStepOf(secret, code, now());
      if (step === null) return null;
      return store.transaction(async (db) => {
        if (!(await lockOperatorIn(store, db, { username, session }))) return null;
        const setUp = { secret, lastStep: step, setUpAt: wallClockAt(now()) };
        await db
          .insertInto('operatorTotp')
          .values({ username, ...setUp })
          .onConflict((conflict) => conflict.column('username').doUpdateSet(setUp))
          .execute();
        const recoveryCodes = await renewRecoveryCodes(db, username);
        return { recoveryCodes, sessionsEnded: await endSessionsOf(db, username, { except: session }) };
      });
    },
    /**
     * Removes a passkey, or the authenticator app where `id` is null; the recovery codes go with the last of them. Answers what was
     * removed, null if there is no such thing.
     * @throws OperationRefused if it is the last second factor of an operator who needs one (`isDemanded`)
     */
    remove: (username: string, { id, isDemanded }: { id: string | null; isDemanded: boolean }) =>
      store.transaction(async (db) => {
        await lockOperator(store, db, username);
        const apps = await db.selectFrom('operatorTotp').select('username').where('username', '=', username).execute();
        const own = db.selectFrom('operatorPasskey').select(['id', 'name']).where('username', '=', username);
        const passkeys = await own.execute();
        const passkey = passkeys.find((known) => known.id === id);
        if (passkey === undefined && (id !== null || apps.length === 0)) return null;
        const isLast = apps.length + passkeys.length <= 1;
        if (isLast && isDemanded) throw new OperationRefused('last-second-factor', LAST);
        if (passkey === undefined) await db.deleteFrom('operatorTotp').where('username', '=', username).execute();
        else await db.deleteFrom('operatorPasskey').where('id', '=', passkey.id).execute();
        if (isLast) await removeRecoveryCodes(db, username);
        return passkey === undefined ? { kind: 'totp' } : { kind: 'passkey', name: passkey.name };
      }),
    /** Replaces the recovery codes. Null if the session has ended, or there is no second factor that they could replace. */
    makeRecoveryCodes: (username: string, session: string) =>
      store.transaction(async (db) => {
        if (!(await lockOperatorIn(store, db, { username, session }))) return null;
        return (await hasSecondFactorNow(db, username)) ? renewRecoveryCodes(db, username) : null;
      }),
    /** Whether the proof shown for a login step lets its operator in. Each proof works once. */
    async use(username: string, step: string, shown: SecondFactorShown): Promise<SecondFactorUsed | null> {
      if ('credential' in shown) {
        return (await createPasskeys(store, now).use(username, { step, ...shown })) ? 'passkey' : null;
      }
      const typed = shown.code.replaceAll(/\s/g, '').toLowerCase();
      if (/^\d{6}$/.test(typed)) return (await useTotp(username, typed)) ? 'totp' : null;
      return (await useRecoveryCode(store.db, username, typed)) ? 'recovery code' : null;
    },
    /** Takes every second factor away, for somebody who has lost theirs, and ends their sessions; answers how many. */
    reset: (username: string) =>
      store.transaction(async (db) => {
        await mustExist(db, username);
        await lockOperator(store, db, username);
        await removeRecoveryCodes(db, username);
        await db.deleteFrom('operatorTotp').where('username', '=', username).execute();
        await db.deleteFrom('operatorPasskey').where('username', '=', username).execute();
        return { sessionsEnded: await endSessionsOf(db, username) };
      }),
  };
}
