import type { Store } from '@ticket-check/storage';
import { uuidv7 } from 'uuidv7';
import type { OperatorTables } from '../people/operator-tables.ts';
import { lockOperator } from '../second-factor/lock-operator.ts';
import { OF_USERNAME } from './code-pace.ts';
import { OF_PAIR } from './login-pace.ts';

/** The same limits as at the console: passwords for an address and username, and codes for a username. */
const BOUNDS = { password: OF_PAIR, code: OF_USERNAME };
type Tried = keyof typeof BOUNDS;

/** Slows the guessing of passwords and codes by commands: in the database, because each command is a process of its own. */
export type CommandTries = {
  /**
   * Counts a try before it is made, so that many at once gain nothing. Answers 0, or after how many seconds the next may be made
   * where this one may not.
   */
  count(username: string, what: Tried): Promise<number>;
  /** Forgets those of a username that came before the right one. */
  forget(username: string, what: Tried): Promise<void>;
};

export function createCommandTries(store: Store<OperatorTables>, now: () => number): CommandTries {
  return {
    count: (username, what) =>
      store.transaction(async (db) => {
        await lockOperator(store, db, username);
        const { points, duration } = BOUNDS[what];
        const ofThese = db.deleteFrom('operatorTry').where('username', '=', username).where('what', '=', what);
        // One in the future is of a clock that was set back since.
        await ofThese.where((eb) => eb.or([eb('at', '<=', now() - duration * 1000), eb('at', '>', now())])).execute();
        const tries = await db
          .selectFrom('operatorTry')
          .select('at')
          .where('username', '=', username)
          .where('what', '=', what)
          .orderBy('at', 'desc')
          .limit(points)
          .execute();
        const oldest = tries.length < points ? undefined : tries.at(-1);
        if (oldest !== undefined) return Math.max(1, Math.ceil((oldest.at + duration * 1000 - now()) / 1000));
        await db.insertInto('operatorTry').values({ id: uuidv7(), username, what, at: now() }).execute();
        return 0;
      }),
    async forget(username, what) {
      await store.db.deleteFrom('operatorTry').where('username', '=', username).where('what', '=', what).execute();
    },
  };
}
