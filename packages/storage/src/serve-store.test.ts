import { createLogger } from '@ticket-check/runtime';
import { afterEach, expect, it, vi } from 'vitest';
import { startStoreProbe } from './serve-store.ts';
import type { Store } from './store.ts';
import { StoreError } from './store-error.ts';

let probe: Awaited<ReturnType<typeof startStoreProbe>> | undefined;
/** What the next writes meet. */
let write = vi.fn(async () => {});

async function start(outrun = () => {}): Promise<NonNullable<typeof probe>> {
  vi.useFakeTimers();
  const store = { migrator: { renew: () => write() }, awayFault: () => null } as unknown as Store<unknown>;
  probe = await startStoreProbe(store, createLogger('test', 'silent'), outrun);
  return probe;
}

afterEach(async () => {
  await probe?.stop();
  write = vi.fn(async () => {});
  vi.useRealTimers();
});

it('tries at once, then every ten seconds, and a second after a failure', async () => {
  const { latest } = await start();
  expect(latest()).toEqual({ ok: true });
  expect(write).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(9000);
  expect(write).toHaveBeenCalledTimes(1);
  write.mockRejectedValueOnce(Object.assign(new Error('full'), { code: 'SQLITE_FULL' }));
  await vi.advanceTimersByTimeAsync(1000);
  expect(latest()).toEqual({ ok: false, error: 'the disk is full' });
  await vi.advanceTimersByTimeAsync(1000);
  expect(latest()).toEqual({ ok: true });
});

it('shows a fault that work met for ten seconds, also where the probe finds none', async () => {
  const { latest, noteFault } = await start();
  noteFault('the disk is full');
  await vi.advanceTimersByTimeAsync(9000);
  expect(latest()).toEqual({ ok: false, error: 'the disk is full' });
  await vi.advanceTimersByTimeAsync(1001);
  expect(latest()).toEqual({ ok: true });
});

it('shows a failure when a probe takes too long, and tries again beside it, a bounded number of times', async () => {
  const { latest } = await start();
  const { promise, resolve } = Promise.withResolvers<void>();
  write.mockReturnValue(promise);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(latest()).toEqual({ ok: false, error: 'no answer within 5000 ms' });
  expect(write).toHaveBeenCalledTimes(3);
  resolve();
  await vi.advanceTimersByTimeAsync(1000);
  expect(latest()).toEqual({ ok: true });
});

it('ends the process when a newer version has changed the database, also where the answer comes late', async () => {
  const outrun = vi.fn();
  const { latest } = await start(outrun);
  const { promise, reject } = Promise.withResolvers<void>();
  write.mockReturnValueOnce(promise);
  await vi.advanceTimersByTimeAsync(16_000);
  expect(outrun).not.toHaveBeenCalled();
  reject(new StoreError('NEWER_DATA', 'a newer program'));
  await vi.advanceTimersByTimeAsync(0);
  expect(outrun).toHaveBeenCalledOnce();
  write.mockRejectedValueOnce(new StoreError('NEWER_DATA', 'a newer program'));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(latest()).toEqual({ ok: false, error: 'a newer program' });
  expect(outrun).toHaveBeenCalledTimes(2);
});
