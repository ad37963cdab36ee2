import { addressGroup } from '@ticket-check/runtime';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';

/** Wrong tokens that an address may send within so many seconds before it has to wait for the rest of them. */
const TRIES = 5;
const SECONDS = 60;

/** Wrong tokens of `POST /scan`, by address; in memory, for this process. */
export type TokenTries = {
  /** Counts a wrong one. Answers after how many seconds the next is looked at, 0 for at once. */
  wrong(remoteAddress: string): Promise<number>;
};

/** A right token is looked at first and never counted, so that whoever guesses keeps nobody else behind the address out. */
export function createTokenTries(): TokenTries {
  const limiter = new RateLimiterMemory({ points: TRIES, duration: SECONDS });
  return {
    async wrong(remoteAddress) {
      try {
        await limiter.consume(addressGroup(remoteAddress));
        return 0;
      } catch (refusal) {
        if (refusal instanceof Error) throw refusal;
        return Math.max(1, Math.ceil((refusal as RateLimiterRes).msBeforeNext / 1000));
      }
    },
  };
}
