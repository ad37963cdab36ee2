import { ProtocolError } from '@ticket-check/protocol';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const SECONDS = 60;

/** How many requests, or requests of one kind, each account may make in a minute. */
export type RequestLimit = {
  /**
   * Counts a request of an account. `onFirstRefusal` is called once in each minute in which something is refused.
   * @throws ProtocolError OVERLOADED once the account has spent its minute, with `retryAfterSeconds` in the details.
   */
  spend(username: string, onFirstRefusal: () => void): Promise<void>;
  /** Requests refused so far. */
  refused(): number;
  /** Accounts that were refused something in the minute that they have not come to the end of yet. */
  accounts(): number;
};

/**
 * Limits the requests of each account, in memory, so for each process. Only requests whose signature was verified may be
 * counted: nobody else can spend an account's minute.
 *
 * @param what is limited, in the plural, for the text of the refusal
 */
export function createRequestLimit(perMinute: number, what = 'requests'): RequestLimit {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: SECONDS });
  const limitedUntil = new Map<string, number>();
  let refused = 0;
  return {
    async spend(username, onFirstRefusal) {
      try {
        await limiter.consume(username);
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        refused += 1;
        limitedUntil.set(username, performance.now() + refusal.msBeforeNext);
        if (refusal.consumedPoints === perMinute + 1) onFirstRefusal();
        const retryAfterSeconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
        throw new ProtocolError(
          'OVERLOADED',
          `This account sends more than ${perMinute} ${what} a minute; send this one again in ${retryAfterSeconds} s.`,
          { retryAfterSeconds },
        );
      }
    },
    refused: () => refused,
    accounts() {
      const now = performance.now();
      for (const [username, until] of limitedUntil) if (until <= now) limitedUntil.delete(username);
      return limitedUntil.size;
    },
  };
}
