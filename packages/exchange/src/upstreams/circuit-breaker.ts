import { isErrorCode } from '@ticket-check/protocol';
import type { Logger } from '@ticket-check/runtime';
import type { Outcome } from '../client/outcome.ts';

export type CircuitBreakerOptions = {
  silences: number;
  /** Asks the upstream something cheap; whether it answered, null if it was not asked. */
  probe: () => Promise<boolean | null>;
  onUp?: () => void;
  logger: Logger;
  /** Between 0 and 1. */
  random?: () => number;
};

/** Time from one probe to the next; from the end of one that was waited for in vain, a quarter of it is enough. */
const PROBE_EVERY_MS = 1000;
/** If probes are answered but calls are not, the line is tried less and less often, at least this often. */
const LONGEST_HOLD_MS = 30_000;

export type CircuitBreaker = ReturnType<typeof createCircuitBreaker>;

/**
 * Decides whether interactive calls go to the upstream. After a few unanswered ones in a row the line counts as down; a probe in the
 * background brings it back. An unanswered background call has the line probed, but counts for nothing: a busy upstream postpones those. C3.
 */
export function createCircuitBreaker(options: CircuitBreakerOptions) {
  const { silences: limit, probe, onUp, logger, random = Math.random } = options;
  let up = true;
  /** In a row: of questions since one was answered, and of probes since one was. An answered probe says nothing of questions. */
  let silences = 0;
  let missedProbes = 0;
  let timesDown = 0;
  let downs = 0;
  /** Questions that were asked before this say nothing of the line as it is. */
  let countedFrom = Number.NEGATIVE_INFINITY;
  let heldUntil = 0;
  let timer: NodeJS.Timeout | undefined;
  let probing: Promise<void> | null = null;
  let stopped = false;

  function goDown(): void {
    up = false;
    timesDown += 1;
    const holdMs = Math.min(LONGEST_HOLD_MS, PROBE_EVERY_MS * 2 ** Math.max(0, downs - 1));
    countedFrom = performance.now();
    heldUntil = countedFrom + holdMs;
    logger.warn({ silences: silences + missedProbes, holdMs }, 'upstream does not answer: scans skip it');
    scheduleProbe(holdMs);
  }

  function goUp(): void {
    if (up) return;
    up = true;
    // On trial: until a question is answered, one more silence is enough.
    silences = limit - 1;
    missedProbes = 0;
    clearTimeout(timer);
    logger.info('upstream answers again');
    onUp?.();
  }

  function scheduleProbe(delayMs: number): void {
    clearTimeout(timer);
    // Longer by chance, so that the callers of one upstream do not all come back at the same moment.
    if (!stopped) timer = setTimeout(startProbe, delayMs * (1 + random() / 4));
  }

  function startProbe(): void {
    if (!stopped) probing ??= runProbe();
  }

  async function runProbe(): Promise<void> {
    const startedAt = performance.now();
    const answered = await probe().catch((err: unknown) => {
      logger.error({ err }, 'failed to probe the upstream');
      return false;
    });
    probing = null;
    if (stopped) return;
    if (answered === true) {
      missedProbes = 0;
      comeBack();
    }
    // A call that waited here for too long teaches nothing.
    if (answered === false && up) {
      missedProbes += 1;
      if (isSilentEnough()) goDown();
    }
    const endedAt = performance.now();
    const pauseMs = Math.max(PROBE_EVERY_MS / 4, PROBE_EVERY_MS - (endedAt - startedAt));
    if (!up || answered === false) scheduleProbe(Math.max(pauseMs, heldUntil - endedAt));
  }

  function beginAgain(): void {
    downs = 0;
    goUp();
    silences = 0;
    missedProbes = 0;
  }

  const isSilentEnough = () => silences + missedProbes >= limit;

  function comeBack(): void {
    if (!up && performance.now() >= heldUntil) goUp();
  }

  return {
    isUp: () => up,
    timesDown: () => timesDown,
    /** Notes that an interactive call got any answer. */
    answered: beginAgain,
    /** Such a question was not answered within its budget. `askedAt`: when it was asked, by `performance.now()`. */
    silent(askedAt: number): void {
      if (stopped || !up || askedAt < countedFrom) return;
      silences += 1;
      if (isSilentEnough()) {
        downs += 1;
        goDown();
        return;
      }
      // The next to ask need not find out whether that was a hiccup.
      startProbe();
    },
    heard(outcome: Outcome<unknown>): void {
      if (isAnswer(outcome)) comeBack();
      else if (up && isSilence(outcome)) startProbe();
    },
    /** Another upstream was set: nothing is known of its line. */
    reset(): void {
      countedFrom = performance.now();
      beginAgain();
    },
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      await probing;
    },
  };
}

/** Whether the upstream said anything at all: also a refusal that it worded itself shows that the line is there. */
export function isAnswer(outcome: Outcome<unknown>): boolean {
  return outcome.kind !== 'retry' || isErrorCode(outcome.code);
}

/** Whether the upstream was asked and said nothing of its own. Of what was never sent nothing is learned. */
export function isSilence(outcome: Outcome<unknown>): boolean {
  return !isAnswer(outcome) && !(outcome.kind === 'retry' && outcome.detail === 'unsent');
}
