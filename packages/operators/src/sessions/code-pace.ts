import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/**
 * Wrong codes with one username from all addresses, before the next attempt has to wait for the rest of the time. A guesser at
 * this step knows the password, and three of a million codes are right: guessing takes years, and the operator, who cannot log
 * in with a code meanwhile either, finds it in the log.
 */
export const OF_USERNAME = { points: 10, duration: 3600 };

/** Slows the guessing of second factors; in memory, for this process. */
export type CodePace = {
  /** Makes an attempt when it may be made, or answers after how many seconds it may; only wrong ones stay counted. */
  attempt<T>(username: string, work: () => Promise<T | null>): Promise<{ came: T | null } | { waitSeconds: number }>;
};

export function createCodePace(): CodePace {
  const ofUsername = new RateLimiterMemory(OF_USERNAME);
  return {
    async attempt(username, work) {
      const waitSeconds = await consume(ofUsername, username);
      if (waitSeconds > 0) return { waitSeconds };
      const came = await work();
      if (came !== null) await ofUsername.reward(username);
      return { came };
    },
  };
}

/** Answers after how many seconds there is a point again; 0 if there was one. */
async function consume(limiter: RateLimiterMemory, key: string): Promise<number> {
  try {
    await limiter.consume(key);
    return 0;
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
  }
}
