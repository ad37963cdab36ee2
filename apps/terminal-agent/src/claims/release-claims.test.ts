import type { CircuitBreaker, Outcome, Upstream } from '@ticket-check/exchange';
import type { ClaimRelease, RecordId } from '@ticket-check/protocol';
import { createLogger, every } from '@ticket-check/runtime';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createClaimReleaser, PACE } from './release-claims.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const UNAVAILABLE: Outcome<never> = { kind: 'retry', code: 'OVERLOADED', message: 'busy', detail: 'overload' };
const FAILED: Outcome<never> = { kind: 'retry', code: 'INTERNAL_ERROR', message: 'failed', detail: 'http' };

/** Claims that wait, and an upstream that answers each call with `outcome`. */
function start(outcome: Outcome<never>, { isUp = (): boolean => true, count = 4 } = {}) {
  const waiting = Array.from({ length: count }, (_, n) => ({ recordId: `claim-${n}` as RecordId }) as ClaimRelease);
  const calls: unknown[] = [];
  let runs = 0;
  const peer = {
    extensions: () => new Set(['claim-ticket']),
    async call(_: string, { RecordId }: { RecordId: RecordId }) {
      calls.push(RecordId);
      return outcome;
    },
  };
  const logger = createLogger('test', 'silent');
  const releaser = createClaimReleaser({
    releases: {
      async oldest(_, after = null) {
        runs += 1;
        return waiting.filter(({ recordId }) => recordId > (after ?? ''));
      },
      find: async () => null,
      answered: async () => {},
    },
    upstream: async () => peer as unknown as Upstream,
    breaker: { isUp } as CircuitBreaker,
    logger,
  });
  const job = every({ name: 'claim releases', logger, ...PACE, run: releaser.run });
  return { job, calls, runs: () => runs };
}

it.each([
  ['is overloaded', 4, UNAVAILABLE],
  ['fails at each', 4, FAILED],
  ['fails at a single one', 1, FAILED],
])('asks an upstream that %s less and less often', async (_, count, outcome) => {
  const { job, calls, runs } = start(outcome, { count });
  await vi.advanceTimersByTimeAsync(30_000);
  // Start at 0, 4, 8 and 16 seconds later, each somewhat earlier because of jitter.
  expect(runs()).toBeGreaterThanOrEqual(4);
  expect(calls.length).toBeLessThanOrEqual(15);
  expect(calls.length).toBeGreaterThanOrEqual(runs() / 2);
  await job.stop();
});

it('asks nothing while the line is down', async () => {
  let isUp = false;
  const { job, calls } = start(UNAVAILABLE, { isUp: () => isUp });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(calls).toEqual([]);
  isUp = true;
  await vi.advanceTimersByTimeAsync(2000);
  expect(calls).toEqual(['claim-0', 'claim-1', 'claim-2']);
  await job.stop();
});
