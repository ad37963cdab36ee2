import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createConcurrencyLimit, rateLimitKey } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import { uuidv7 } from 'uuidv7';
import { lockOperator } from '../people/locks.ts';
import type { OperatorTables, TryRow } from '../people/tables.ts';

/** `duration` in seconds. */
type Limit = { readonly points: number; readonly duration: number };

/** Wrong passwords from one place, for any usernames, before it has to wait for the rest of the time. */
const OF_PLACE = { points: 20, duration: 600 };
const OF_PAIR = { points: 5, duration: 300 };
/** Those with one username from all places, before each further attempt is slowed. It is never refused: the owner gets in. */
const OF_USERNAME = { points: 30, duration: 600 };
const SLOWED_MS = 2000;
/** Attempts under way at a time of one place or username: two, as a button may be pressed twice. */
const UNDER_WAY = 2;
/** Attempts under way at a time, in all. */
const IN_ALL = 256;

/** The answer to an attempt that was not made. */
type TooSoon = { readonly waitSeconds: number };

export type LoginPace = ReturnType<typeof createLoginPace>;

/**
 * Slows the guessing of passwords by username and by place: at the login, where a name is only claimed, or in a session.
 * Wrong ones are counted in the database, for all processes; attempts under way in this process.
 */
export function createLoginPace(options: {
  store: Store<OperatorTables>;
  now: () => number;
  at: 'login' | 'session';
  slowedMs?: number;
}) {
  const { store, now, at: what, slowedMs = SLOWED_MS } = options;
  const underWay = createConcurrencyLimit({ perOwner: UNDER_WAY, inAll: IN_ALL });

  /**
   * Makes an attempt when it may be made, or answers after how many seconds it may. `place` is an address or a session. Only
   * attempts that turn out wrong count; many at once gain nothing, as only few are under way.
   */
  return async function attempt<T>(
    { place: from, username: name }: { place: string; username: string },
    work: () => Promise<T>,
    isWrong: (outcome: T) => boolean,
  ): Promise<T | TooSoon> {
    const place = rateLimitKey(from);
    const username = shortHash(name);
    const made = underWay.run(what === 'login' ? place : name, async () => {
      const [ofPlace, ofPair, ofUsername] = await Promise.all([
        spent(store.db, { what, place }, OF_PLACE, now()),
        spent(store.db, { what, place, username }, OF_PAIR, now()),
        spent(store.db, { what, username }, OF_USERNAME, now()),
      ]);
      const waitSeconds = Math.max(ofPlace.waitSeconds, ofPair.waitSeconds);
      if (waitSeconds > 0) return { waitSeconds };
      if (ofUsername.waitSeconds > 0) await delay(slowedMs);
      const outcome = await work();
      if (isWrong(outcome)) await note(store.db, { what, place, username }, now());
      else if (ofPair.tries > 0) await forget(store.db, { what, place, username });
      return outcome;
    });
    return made ?? { waitSeconds: 1 };
  };
}

/** Tells usernames apart. One may be a password in the wrong field, and this is too short to find it by. */
function shortHash(username: string): string {
  return createHash('sha256').update(username).digest('hex').slice(0, 4);
}

/** Some wrong tries: the members that they have in common. */
type Tried = Pick<TryRow, 'what'> & Partial<Pick<TryRow, 'place' | 'username'>>;

/** Times further ahead than clocks of several processes are apart were written before the clock was set back. */
export const AHEAD_MS = 5 * 60_000;

/** The wrong tries that count, of at most as many as the limit has, and after how many seconds there is room for one; 0: now. */
async function spent(db: Kysely<OperatorTables>, tried: Tried, { points, duration }: Limit, now: number) {
  const tries = await db
    .selectFrom('operatorTry')
    .select('at')
    .where((eb) => eb.and(tried))
    .where('at', '>', now - duration * 1000)
    .where('at', '<=', now + AHEAD_MS)
    .orderBy('at', 'desc')
    .limit(points)
    .execute();
  const oldest = tries.length < points ? undefined : tries.at(-1);
  const waitSeconds = oldest === undefined ? 0 : Math.max(1, Math.ceil((oldest.at + duration * 1000 - now) / 1000));
  return { tries: tries.length, waitSeconds };
}

async function note(db: Kysely<OperatorTables>, tried: Omit<TryRow, 'id' | 'at'>, at: number): Promise<void> {
  const row = { id: uuidv7(), ...tried, at };
  await db.insertInto('operatorTry').values(row).execute();
}

async function forget(db: Kysely<OperatorTables>, tried: Tried): Promise<void> {
  const those = db.deleteFrom('operatorTry').where((eb) => eb.and(tried));
  await those.execute();
}

/**
 * Wrong codes and PINs, from anywhere, before the next has to wait. Who guesses codes knows the password, and who guesses
 * a PIN has the badge; three of a million codes are right: guessing takes years, and the operator finds it in the log.
 */
const GUESSED = { points: 10, duration: 3600 };
const TRIES = { password: OF_PAIR, code: GUESSED, pin: GUESSED };

const LONGEST_MS = 3600_000;

export function createTries(store: Store<OperatorTables>, now: () => number) {
  return {
    /** Counts a try before it is made, so that many at once gain nothing. Answers 0, or in how many seconds the next may be made. */
    count: (username: string, what: keyof typeof TRIES) =>
      store.transaction(async (db) => {
        await lockOperator(store, db, username);
        const { waitSeconds } = await spent(db, { what, username }, TRIES[what], now());
        if (waitSeconds === 0) await note(db, { what, username, place: '' }, now());
        return waitSeconds;
      }),
    /** Forgets those of a username that came before the right one. */
    forget: (username: string, what: keyof typeof TRIES) => forget(store.db, { what, username }),
    async deleteOld() {
      await store.db
        .deleteFrom('operatorTry')
        .where((eb) => eb.or([eb('at', '<=', now() - LONGEST_MS), eb('at', '>', now() + AHEAD_MS)]))
        .execute();
    },
  };
}
