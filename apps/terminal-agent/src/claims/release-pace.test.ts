import type { Outcome, Upstream } from '@ticket-check/exchange';
import { CLAIM_TICKET_EXTENSION, type ClaimRelease, type RecordId, type ReleaseOutcome } from '@ticket-check/protocol';
import { createLogger } from '@ticket-check/runtime';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ClaimReleases } from './claim-releases.ts';
import { releaseSender } from './send-releases.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const UNAVAILABLE: Outcome<never> = { kind: 'retry', code: 'OVERLOADED', message: 'busy', detail: 'overload' };
const FAILED: Outcome<never> = { kind: 'retry', code: 'INTERNAL_ERROR', message: 'failed', detail: 'http' };
const peer = { extensions: () => new Set([CLAIM_TICKET_EXTENSION]) } as Pick<Upstream, 'extensions'> as Upstream;

/** Four claims that wait, and an upstream that answers each call with `outcome`. */
function start(outcome: Outcome<ReleaseOutcome>, isLineUp: () => boolean = () => true) {
  const waiting = Array.from({ length: 4 }, (_, n) => ({ recordId: `claim-${n}` as RecordId }) as ClaimRelease);
  const calls: RecordId[] = [];
  let queued = () => {};
  const releases: Pick<ClaimReleases, 'oldest' | 'forget' | 'onQueued'> = {
    oldest: async (_, after = null) => waiting.filter(({ recordId }) => recordId > (after ?? '')),
    forget: async () => {},
    onQueued(listener) {
      queued = listener;
    },
  };
  const job = releaseSender({
    releases: releases as ClaimReleases,
    giveBack: {
      async send(_, { recordId }) {
        calls.push(recordId);
        return outcome;
      },
    },
    upstream: async () => peer,
    isLineUp,
    resendDays: 1,
    now: Date.now,
    logger: createLogger('test', 'silent'),
  });
  return { job, calls, queue: () => queued() };
}

it.each([
  ['is overloaded', UNAVAILABLE],
  ['fails at each', FAILED],
])('asks an upstream that %s less and less often, also where guests make it queue more', async (_, outcome) => {
  const { job, calls, queue } = start(outcome);
  for (let second = 0; second < 30; second += 1) {
    await vi.advanceTimersByTimeAsync(1000);
    queue();
  }
  // Begun at 0, 4 and 8 and 16 seconds later, each somewhat sooner by chance.
  expect(calls.length).toBeLessThanOrEqual(outcome === UNAVAILABLE ? 6 : 18);
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
