import { createRequestLimit } from '@ticket-check/exchange';
import type { WallClock } from '@ticket-check/protocol';

/** How many claims one account may make and release in a minute. */
export type ClaimLimits = {
  /**
   * Counts a claim, or a release, of an account by its signed Datetime. `onFirstRefusal` is called once in each minute in
   * which something is refused.
   * @throws ProtocolError OVERLOADED once the account has spent its minute, with `retryAfterSeconds` in the details.
   */
  spend(what: 'claim' | 'release', username: string, signedAt: WallClock, onFirstRefusal: () => void): void;
};

/**
 * Limits claims and releases for each account; in memory, so for each process. What is refused is no answer to a terminal:
 * it decides by its offline policy, and a release is sent again later.
 */
export function createClaimLimits(perMinute: number): ClaimLimits {
  const limits = {
    claim: createRequestLimit(perMinute, 'claims'),
    release: createRequestLimit(perMinute, 'releases of claims'),
  };
  return {
    spend(what, username, signedAt, onFirstRefusal) {
      limits[what].spend(username, signedAt, onFirstRefusal);
    },
  };
}
