import type { Outcome } from '../client/outcome.ts';
import { type CircuitBreaker, isAnswer, isSilence } from './circuit-breaker.ts';

/** In an idle process a call ends this long before its budget does, so that the next caller knows its outcome. */
const MARGIN_MS = 20;

/**
 * Makes a call that somebody waits for: its outcome is known within `budgetMs`. `ask` gets how long the peer may take once it is asked,
 * and how long the call may wait here: one not sent by then is `unsent`. The breaker learns from what the peer did in its time. C3.
 */
export async function askWithin<R>(
  budgetMs: number,
  ask: (timeoutMs: number) => Promise<Outcome<R>>,
  breaker?: Pick<CircuitBreaker, 'answered' | 'silent'>,
): Promise<Outcome<R>> {
  const askedAt = performance.now();
  const { promise: late, resolve } = Promise.withResolvers<Outcome<R>>();
  const message = `no answer within ${Math.round(budgetMs)} ms`;
  const timer = setTimeout(() => resolve({ kind: 'retry', code: 'TIMEOUT', message, detail: 'timeout' }), budgetMs);
  const asking = ask(Math.max(budgetMs - MARGIN_MS, budgetMs / 2)).then((outcome) => {
    if (isAnswer(outcome)) breaker?.answered();
    else if (isSilence(outcome)) breaker?.silent(askedAt);
    return outcome;
  });
  return Promise.race([asking, late]).finally(() => clearTimeout(timer));
}
