import type { Outcome } from '../client/outcome.ts';
import type { Log } from '../log.ts';
import { createCircuitBreaker, isAnswer, isSilence } from './circuit-breaker.ts';

/**
 * Whether the upstream answers any call: the state of the line that people see. Without guests, background calls find out that a line
 * is gone. It does not close the line for scans, because a busy upstream postpones background calls.
 */
export type Contact = {
  isThere(): boolean;
  /** Notes the outcome of a call made at `askedAt`, by `performance.now()`. */
  heard(outcome: Outcome<unknown>, askedAt: number): void;
  /** Another upstream was set. */
  reset(): void;
  stop(): Promise<void>;
};

const SAYS = { down: 'lost contact with the upstream', up: 'regained contact with the upstream' };
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
      // A call made before the last answer arrived shows a slow question, not a lost line.
      else if (isSilence(outcome) && askedAt >= answeredAt && !isProbing) breaker.silent(askedAt);
    },
    reset: breaker.reset,
    stop: breaker.stop,
  };
}
