import type { Outcome, Upstream } from '@ticket-check/exchange';
import { CLAIM_TICKET_EXTENSION, type ClaimRelease, type RecordId, type ReleaseOutcome } from '@ticket-check/protocol';
import { createLogger, every } from '@ticket-check/runtime';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ClaimReleases } from './claim-releases.ts';
import { releaseSender } from './release-claims.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const UNAVAILABLE: Outcome<never> = { kind: 'retry', code: 'OVERLOADED', message: 'busy', detail: 'overload' };
const FAILED: Outcome<never> = { kind: 'retry', code: 'INTERNAL_ERROR', message: 'failed', detail: 'http' };
const RELEASED: Outcome<ReleaseOutcome> = {
  kind: 'delivered',
  reply: 'released',
  extensions: new Set(),
  generation: null,
};
const peer = { extensions: () => new Set([CLAIM_TICKET_EXTENSION]) } as Pick<Upstream, 'extensions'> as Upstream;

const claimOf = (n: number) => ({ recordId: `claim-${n}` as RecordId }) as ClaimRelease;

/** Claims that wait, four unless it says otherwise, and an upstream that answers each call with `outcome`. */
function start(
  outcome: Outcome<ReleaseOutcome> | ((claim: RecordId) => Outcome<ReleaseOutcome>),
  isLineUp: () => boolean = () => true,
  count = 4,
) {
  const waiting = Array.from({ length: count }, (_, n) => claimOf(n));
  const calls: RecordId[] = [];
  let runs = 0;
  const releases: Pick<ClaimReleases, 'oldest' | 'forget'> = {
    async oldest(_, after = null) {
      runs += 1;
      return waiting.filter(({ recordId }) => recordId > (after ?? ''));
    },
    forget: async () => {},
  };
  const sender = releaseSender({
    releases: releases as ClaimReleases,
    releaser: {
      async send(_, { recordId }) {
        calls.push(recordId);
        const came = typeof outcome === 'function' ? outcome(recordId) : outcome;
        if (came.kind !== 'retry')
          waiting.splice(0, waiting.length, ...waiting.filter((one) => one.recordId !== recordId));
        return came;
      },
    },
    upstream: async () => peer,
    isLineUp,
    resendDays: 1,
    now: Date.now,
  });
  const job = every({ name: 'claim releases', logger: createLogger('test', 'silent'), ...sender });
  return {
    job,
    calls,
    runs: () => runs,
    queue(...more: ClaimRelease[]) {
      waiting.push(...more);
      void job.trigger();
    },
  };
}

it.each([
  ['is overloaded', 4, UNAVAILABLE],
  ['fails at each', 4, FAILED],
  ['fails at a single one', 1, FAILED],
])('asks an upstream that %s less and less often', async (_, count, outcome) => {
  const { job, calls, runs } = start(outcome, () => true, count);
  await vi.advanceTimersByTimeAsync(30_000);
  // Start at 0, 4, 8 and 16 seconds later, each somewhat earlier because of jitter.
  expect(runs()).toBeGreaterThanOrEqual(4);
  expect(calls.length).toBeLessThanOrEqual(15);
  expect(calls.length).toBeGreaterThanOrEqual(runs() / 2);
  await job.stop();
});

it('asks nothing while the line is down', async () => {
  let isUp = false;
  const { job, calls } = start(UNAVAILABLE, () => isUp);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(calls).toEqual([]);
  isUp = true;
  await vi.advanceTimersByTimeAsync(2000);
  expect(calls).toEqual(['claim-0', 'claim-1', 'claim-2']);
  await job.stop();
});

it('gives a claim back at once that is queued behind one at which the upstream always fails', async () => {
  const { job, calls, queue } = start(
    (claim) => (claim === 'claim-0' ? FAILED : RELEASED),
    () => true,
    1,
  );
  await vi.advanceTimersByTimeAsync(40_000);
  const before = calls.length;
  queue(claimOf(1));
  await vi.advanceTimersByTimeAsync(0);
  expect(calls.slice(before)).toEqual(['claim-0', 'claim-1']);
  await job.stop();
});
