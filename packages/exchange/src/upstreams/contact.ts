import type { Outcome } from '../client/outcome.ts';
import type { Log } from '../log.ts';
import { createCircuitBreaker, isAnswer, isSilence } from './circuit-breaker.ts';

/**
 * Whether the upstream is heard, whoever asks: what people are shown of the line. Where no guest comes, what nobody waits for finds out
 * that a line is gone. It closes no line, because a busy upstream leaves such questions for later.
 */
export type Contact = {
  isThere(): boolean;
  /** What came of a call that was made at `askedAt`, by `performance.now()`. */
  heard(outcome: Outcome<unknown>, askedAt: number): void;
  /** Another upstream was set. */
  reset(): void;
  stop(): Promise<void>;
};

const SAYS = { down: 'no contact with the upstream', up: 'contact with the upstream is back' };
/** The one that went unanswered, and the probe that asks why. */
const SILENCES = 2;
/** As often as a terminal asks for changes while the line is there. */
const PROBE_EVERY_MS = 10_000;

export function createContact({ probe, logger }: { probe: () => Promise<boolean | null>; logger: Log }): Contact {
  let answeredAt = Number.NEGATIVE_INFINITY;
  let isProbing = false;
  const breaker = createCircuitBreaker({
    silences: SILENCES,
    async probe() {
      isProbing = true;
      try {
        return await probe();
      } finally {
        isProbing = false;
      }
    },
    logger,
    says: SAYS,
    probeEveryMs: PROBE_EVERY_MS,
  });
  return {
    isThere: breaker.isUp,
    heard(outcome, askedAt) {
      if (isAnswer(outcome)) {
        answeredAt = performance.now();
        breaker.answered();
      }
      // One that was asked before the last answer came tells of a slow question, not of the line.
      else if (isSilence(outcome) && askedAt >= answeredAt && !isProbing) breaker.silent(askedAt);
    },
    reset: breaker.reset,
    stop: breaker.stop,
  };
}
