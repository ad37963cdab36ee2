import { setTimeout as delay } from 'node:timers/promises';
import { addressGroup, createConcurrencyLimit } from '@ticket-check/runtime';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Failed logins of one address, whatever the usernames, before it has to wait for the rest of the time. */
const OF_ADDRESS = { points: 20, duration: 600 };
/** Those of one address with one username. */
export const OF_PAIR = { points: 5, duration: 300 };
/** Those with one username from all addresses, before each further attempt is slowed. It is never refused: the owner gets in. */
const OF_USERNAME = { points: 30, duration: 600 };
const SLOWED_MS = 2000;
/** Attempts under way at a time: of one address, and in all. */
const UNDER_WAY = { perOwner: 2, inAll: 256 };

/** What comes of an attempt that was not looked at: after how many seconds the next one is. */
type TooSoon = { readonly waitSeconds: number };

/** What came of an attempt: whether the password was right, or nobody looked at it. */
export type Attempted = 'right' | 'wrong' | 'not-looked-at';

/** Slows the guessing of passwords by username and by address; in memory, for this process. */
export type LoginPace = {
  /**
   * Makes an attempt when it may be made, or answers after how many seconds it may. Attempts count before they are made, so
   * that many at once gain nothing; only those that turn out wrong stay counted.
   */
  attempt<T>(
    from: { address: string; username: string },
    work: () => Promise<T>,
    attempted: (outcome: T) => Attempted,
  ): Promise<T | TooSoon>;
  /** Ends the waiting of slowed attempts. To be called once, at the end. */
  close(): void;
};

export function createLoginPace({ slowedMs = SLOWED_MS }: { slowedMs?: number } = {}): LoginPace {
  const ofAddress = new RateLimiterMemory(OF_ADDRESS);
  const ofPair = new RateLimiterMemory(OF_PAIR);
  const ofUsername = new RateLimiterMemory(OF_USERNAME);
  const underWay = createConcurrencyLimit(UNDER_WAY);
  const closing = new AbortController();

  return {
    async attempt({ address, username }, work, attempted) {
      const group = addressGroup(address);
      const pair = `${group} ${username}`;
      // An address that has to wait adds nothing that would have to be remembered.
      const waitSeconds = (await consume(ofAddress, group)) || (await consume(ofPair, pair));
      if (waitSeconds > 0) return { waitSeconds };
      const made = underWay.run(group, async () => {
        if ((await consume(ofUsername, username)) > 0) {
          await delay(slowedMs, undefined, { signal: closing.signal }).catch(() => {});
        }
        return work();
      });
      if (made === null) return { waitSeconds: 1 };
      const outcome = await made;
      const came = attempted(outcome);
      if (came !== 'wrong') {
        await Promise.all([ofAddress.reward(group), ofUsername.reward(username)]);
        await (came === 'right' ? ofPair.delete(pair) : ofPair.reward(pair));
      }
      return outcome;
    },
    close: () => closing.abort(),
  };
}

/** Answers after how many seconds there is a point again; 0 where there was one. */
export async function consume(limiter: RateLimiterMemory, key: string): Promise<number> {
  try {
    await limiter.consume(key);
    return 0;
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
  }
}
