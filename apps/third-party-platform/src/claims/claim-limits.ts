import { ProtocolError } from '@ticket-check/protocol';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** How much one account may claim, and give back, in a minute. */
export type ClaimLimits = {
  /** @throws ProtocolError OVERLOADED once the account has spent its minute. `isFirst`: for the first time in it. */
  spend(what: 'claim' | 'release', username: string, onFirstRefusal: () => void): Promise<void>;
};

/**
 * Limits claims and releases for each account; in memory, so for each process. What is refused is no answer to a terminal:
 * it decides by its offline policy, and a release is sent again later.
 */
export function createClaimLimits(perMinute: number): ClaimLimits {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  return {
    async spend(what, username, onFirstRefusal) {
      try {
        await limiter.consume(`${what} ${username}`);
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        if (refusal.consumedPoints === perMinute + 1) onFirstRefusal();
        throw new ProtocolError(
          'OVERLOADED',
          `This account sends more than ${perMinute} ${what}s a minute; send this one again later.`,
        );
      }
    },
  };
}
