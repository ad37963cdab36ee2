import { createConcurrencyLimit, pause, rateLimitKey } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { uuidv7 } from 'uuidv7';
import { lockOperator } from '../people/locks.ts';
import type { OperatorTables } from '../people/tables.ts';

/** Wrong passwords from one place, for any usernames, before it has to wait for the rest of the time. */
const OF_PLACE = { points: 20, duration: 600 };
/** Those from one place with one username. */
const OF_PAIR = { points: 5, duration: 300 };
/** Those with one username from all places, before each further attempt is slowed. It is never refused: the owner gets in. */
const OF_USERNAME = { points: 30, duration: 600 };
const SLOWED_MS = 2000;
/** Attempts under way at a time of one place or username: two, as a button may be pressed twice. */
const UNDER_WAY = 2;
/** Attempts under way at a time, in all. */
const IN_ALL = 256;

/** The answer to an attempt that was not made: after how many seconds it may be. */
type TooSoon = { readonly waitSeconds: number };

export type LoginPace = ReturnType<typeof createLoginPace>;

/**
 * Slows the guessing of passwords by username and by place; in memory, for this process.
 *
 * @param options.boundBy the owner of a bound on attempts under way: the address at the login, where a name is only claimed; the
 * operator in sessions, who may have many.
 */
export function createLoginPace({
  boundBy,
  slowedMs = SLOWED_MS,
}: {
  boundBy: 'place' | 'username';
  slowedMs?: number;
}) {
  const ofPlace = new RateLimiterMemory(OF_PLACE);
  const ofPair = new RateLimiterMemory(OF_PAIR);
  const ofUsername = new RateLimiterMemory(OF_USERNAME);
  const underWay = createConcurrencyLimit({ perOwner: UNDER_WAY, inAll: IN_ALL });
  const closing = new AbortController();

  return {
    /**
     * Makes an attempt when it may be made, or answers after how many seconds it may. `place` is an address or a session. Only
     * attempts that turn out wrong count; many at once gain nothing, as only few are under way.
     */
    async attempt<T>(
      { place: from, username }: { place: string; username: string },
      work: () => Promise<T>,
      isWrong: (outcome: T) => boolean,
    ): Promise<T | TooSoon> {
      const place = rateLimitKey(from);
      const pair = `${place} ${username}`;
      const made = underWay.run(boundBy === 'place' ? place : username, async () => {
        const waitSeconds = Math.max(await waitOf(ofPlace, place), await waitOf(ofPair, pair));
        if (waitSeconds > 0) return { waitSeconds };
        if ((await waitOf(ofUsername, username)) > 0) await pause(slowedMs, closing.signal);
        const outcome = await work();
        if (isWrong(outcome)) {
          await Promise.all([ofPlace.penalty(place), ofPair.penalty(pair), ofUsername.penalty(username)]);
        } else await ofPair.delete(pair);
        return outcome;
      });
      return made ?? { waitSeconds: 1 };
    },
    /** Ends the waiting of slowed attempts. To be called once, at the end. */
    close: () => closing.abort(),
  };
}

/** Returns the seconds until a point is available; 0 if one is. */
async function waitOf(limiter: RateLimiterMemory, key: string): Promise<number> {
  const used = await limiter.get(key);
  return used === null || used.remainingPoints > 0 ? 0 : Math.max(1, Math.ceil(used.msBeforeNext / 1000));
}

/**
 * Passwords given to commands, with the limit of an address and username at the login, and codes from anywhere, before the next try
 * has to wait for the rest of the time. Who guesses codes knows the password, and three of a million codes are right: guessing takes
 * years, and the operator, who cannot log in with a code meanwhile either, finds it in the log.
 */
const TRIES = { password: OF_PAIR, code: { points: 10, duration: 3600 } };
type Tried = keyof typeof TRIES;

export function createTries(store: Store<OperatorTables>, now: () => number) {
  return {
    /**
     * Counts a try before it is made, so that many at once gain nothing. Answers 0, or after how many seconds the next may be made
     * where this one may not.
     */
    count: (username: string, what: Tried) =>
      store.transaction(async (db) => {
        await lockOperator(store, db, username);
        const { points, duration } = TRIES[what];
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
    /** Forgets those of a username that came before the right one. */
    async forget(username: string, what: Tried) {
      await store.db.deleteFrom('operatorTry').where('username', '=', username).where('what', '=', what).execute();
    },
  };
}
