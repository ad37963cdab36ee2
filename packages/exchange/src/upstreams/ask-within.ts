import type { Outcome } from '../client/outcome.ts';
import { type CircuitBreaker, isAnswer, isSilence } from './circuit-breaker.ts';

/** In an idle process a call ends this long before its budget does, so that the next caller knows its outcome. */
const MARGIN_MS = 20;

/**
 * Asks what somebody waits for: the outcome is there within `budgetMs`, whatever a connection still holds on to. `ask` is
 * given how long the peer may take once it is asked, and how long the question may wait here: what was not sent by then is `unsent`,
 * which is known before the budget ends. The breaker learns from what the peer did with that time, later than
 * the budget ends where the question had to wait here; from one that was never sent it learns nothing. Without a breaker, for
 * what nobody waits for, nothing is learned. Reading C3.
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
