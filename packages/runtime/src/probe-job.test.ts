import { afterEach, expect, it, vi } from 'vitest';
import { createLogger, type ProbeJob, startProbeJob } from './index.ts';

const logger = createLogger('test', 'silent');
let job: ProbeJob | undefined;

afterEach(async () => {
  await job?.stop();
  vi.useRealTimers();
});

it('tries at once, then every ten seconds, and a second after a failure', async () => {
  vi.useFakeTimers();
  const outcome = { ok: true };
  const probe = vi.fn(async () => ({ ...outcome }));
  job = await startProbeJob({ name: 'store', probe, logger });
  expect(job.latest()).toEqual({ ok: true });
  expect(probe).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(9000);
  expect(probe).toHaveBeenCalledTimes(1);
  outcome.ok = false;
  await vi.advanceTimersByTimeAsync(2000);
  expect(probe.mock.calls.length).toBeGreaterThanOrEqual(2);
  expect(job.latest()).toEqual({ ok: false });
  outcome.ok = true;
  await vi.advanceTimersByTimeAsync(1000);
  expect(job.latest()).toEqual({ ok: true });
});

it('shows a fault that work met for ten seconds, also where the probe finds none', async () => {
  vi.useFakeTimers();
  job = await startProbeJob({ name: 'store', probe: async () => ({ ok: true }), logger });
  job.noteFault('the disk is full');
  await vi.advanceTimersByTimeAsync(9000);
  expect(job.latest()).toEqual({ ok: false, error: 'the disk is full' });
  await vi.advanceTimersByTimeAsync(1001);
  expect(job.latest()).toEqual({ ok: true });
});

it('shows a failure when a probe throws or takes too long', async () => {
  vi.useFakeTimers();
  let release = () => {};
  const results = [
    () => Promise.reject(new Error('line is down')),
    () => new Promise<{ ok: boolean }>((resolve) => (release = () => resolve({ ok: true }))),
  ];
  job = await startProbeJob({
    name: 'store',
    probe: () => results.shift()?.() ?? Promise.resolve({ ok: true }),
    logger,
  });
  expect(job.latest()).toEqual({ ok: false, error: 'failed; the log says why' });
  await vi.advanceTimersByTimeAsync(7000);
  expect(job.latest()).toEqual({ ok: false, error: 'no answer within 5000 ms' });
  release();
  await vi.advanceTimersByTimeAsync(0);
  expect(job.latest()).toEqual({ ok: true });
});
