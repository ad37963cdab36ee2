import type { Outcome } from '../client/outcome.ts';
import { isAnswer, type LinkSwitch } from './link-switch.ts';

/**
 * Asks what somebody waits for: the outcome is there within `budgetMs`, whatever a connection still holds on to, and the
 * line learns from it. Without a line, for what nobody waits for, it learns nothing. Reading C3.
 */
export async function askWithin<R>(
  budgetMs: number,
  ask: () => Promise<Outcome<R>>,
  line?: Pick<LinkSwitch, 'answered' | 'silent'>,
): Promise<Outcome<R>> {
  const askedAt = performance.now();
  const { promise: late, resolve } = Promise.withResolvers<Outcome<R>>();
  const message = `no answer within ${Math.round(budgetMs)} ms`;
  const timer = setTimeout(() => resolve({ kind: 'retry', code: 'TIMEOUT', message, detail: 'timeout' }), budgetMs);
  const outcome = await Promise.race([ask(), late]).finally(() => clearTimeout(timer));
  if (isAnswer(outcome)) line?.answered();
  else line?.silent(askedAt);
  return outcome;
}
