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
  const releases: Pick<ClaimReleases, 'oldest' | 'forget' | 'onQueued'> = {
    async oldest(_, after = null) {
      runs += 1;
      return waiting.filter(({ recordId }) => recordId > (after ?? ''));
    },
    forget: async () => {},
    onQueued: () => {},
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
      if (sender.mayAsk()) void job.trigger();
    },
  };
}

it.each([
  ['is overloaded', UNAVAILABLE],
  ['fails at each', FAILED],
])('asks an upstream that %s less and less often, also where guests make it queue more', async (_, outcome) => {
  const { job, calls, runs, queue } = start(outcome);
  for (let second = 0; second < 30; second += 1) {
    await vi.advanceTimersByTimeAsync(1000);
    queue();
  }
  // Start at 0, 4, 8 and 16 seconds later, each somewhat earlier because of jitter.
  expect(runs()).toBeGreaterThanOrEqual(4);
  expect(runs()).toBeLessThanOrEqual(5);
  expect(calls.length).toBeLessThanOrEqual(outcome === UNAVAILABLE ? 5 : 15);
  expect(calls.length).toBeGreaterThanOrEqual(runs());
  await job.stop();
});

it('asks nothing while the line is down', async () => {
  let isUp = false;
  const { job, calls } = start(UNAVAILABLE, () => isUp);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(calls).toEqual([]);
  isUp = true;
  await vi.advanceTimersByTimeAsync(2000);
  expect(calls).toEqual(['claim-0']);
  await job.stop();
});

it.each([
  ['a single claim waits', 1, UNAVAILABLE],
  ['no other claim is behind it', 3, FAILED],
])('goes on asking less and less often where %s', async (_, count, outcome) => {
  const { job, calls, queue } = start(outcome, () => true, count);
  for (let second = 0; second < 30; second += 1) {
    await vi.advanceTimersByTimeAsync(1000);
    queue();
  }
  const runs = calls.filter((claim) => claim === 'claim-0').length;
  expect(runs).toBeGreaterThanOrEqual(3);
  expect(runs).toBeLessThanOrEqual(5);
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
