import { rateLimitKey } from '@ticket-check/runtime';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';

/** Wrong tokens that an address may send within this time before further ones have to wait. */
const TRIES = 5;
const SECONDS = 60;

/** Counts wrong tokens of `POST /scan` by address, in memory. */
export type TokenTries = {
  /** Counts a wrong token; returns the seconds until the next may be tried. */
  wrong(remoteAddress: string): Promise<number>;
};

/** Call only for wrong tokens, so that an attacker does not lock out others behind the same address. */
export function createTokenTries(): TokenTries {
  const limiter = new RateLimiterMemory({ points: TRIES, duration: SECONDS });
  return {
    async wrong(remoteAddress) {
      try {
        await limiter.consume(rateLimitKey(remoteAddress));
        return 0;
      } catch (refusal) {
        if (refusal instanceof Error) throw refusal;
        return Math.max(1, Math.ceil((refusal as RateLimiterRes).msBeforeNext / 1000));
      }
    },
  };
}
