import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Outcome } from '../client/outcome.ts';
import { createCircuitBreaker } from './circuit-breaker.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const retry = (code: string, detail: 'transport' | 'timeout' | 'unsent' | 'http' | 'overload'): Outcome<unknown> => ({
  kind: 'retry',
  code,
  message: '',
  detail,
});

function makeBreaker(silences = 2) {
  const upstream = { answers: false as boolean | null, probes: 0, ups: 0 };
  const breaker = createCircuitBreaker({
    silences,
    random: () => 0,
    probe: async () => {
      upstream.probes += 1;
      return upstream.answers;
    },
    onUp: () => {
      upstream.ups += 1;
    },
    logger: pino({ level: 'silent' }),
  });
  /** A question that was asked just now and not answered. */
  const silent = () => breaker.silent(performance.now());
  return { breaker, upstream, silent };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

it('is up until it was silent often enough in a row', async () => {
  const { breaker, upstream, silent } = makeBreaker(3);
  upstream.answers = true;
  silent();
  silent();
  breaker.answered();
  silent();
  silent();
  expect(breaker.isUp()).toBe(true);
  silent();
  expect(breaker.isUp()).toBe(false);
});

it('finds out by a probe, not by the next guest, whether a silence was a hiccup', async () => {
  const { breaker, silent } = makeBreaker();
  silent();
  await pass(0);
  expect(breaker.isUp()).toBe(false);
});

it('learns nothing from a probe that was not sent, and probes again where it is down', async () => {
  const { breaker, upstream, silent } = makeBreaker();
  upstream.answers = null;
  silent();
  await pass(0);
  expect([upstream.probes, breaker.isUp()]).toEqual([1, true]);
  silent();
  await pass(5000);
  expect(breaker.isUp()).toBe(false);
  expect(upstream.probes).toBeGreaterThan(3);
});

it('comes back by itself when a probe is answered', async () => {
  const { breaker, upstream, silent } = makeBreaker();
  silent();
  await pass(5000);
  expect(breaker.isUp()).toBe(false);
  expect(upstream.probes).toBeGreaterThan(3);
  expect(upstream.ups).toBe(0);
  upstream.answers = true;
  await pass(1100);
  expect(breaker.isUp()).toBe(true);
  breaker.answered();
  expect(upstream.ups).toBe(1);
  expect(breaker.timesDown()).toBe(1);
});

it('costs less than a second more than an outage of five, wherever that ends between two probes that wait in vain', async () => {
  for (let outageMs = 5000; outageMs < 7000; outageMs += 100) {
    const startedAt = performance.now();
    const isBack = () => performance.now() - startedAt >= outageMs;
    const breaker = createCircuitBreaker({
      silences: 2,
      random: () => 1,
      // As a probe that waits for 1.5 s at most.
      async probe() {
        for (let waitedMs = 0; waitedMs < 1500 && !isBack(); waitedMs += 50)
          await new Promise((resolve) => setTimeout(resolve, 50));
        return isBack();
      },
      logger: pino({ level: 'silent' }),
    });
    await pass(1500);
    breaker.silent(startedAt);
    breaker.silent(startedAt);
    expect(breaker.isUp()).toBe(false);
    await pass(outageMs - 1500 + 900);
    expect(breaker.isUp()).toBe(true);
    await breaker.stop();
  }
});

it('is down again at the first silence after that, until a question was answered', async () => {
  const { breaker, upstream, silent } = makeBreaker();
  silent();
  await pass(0);
  upstream.answers = true;
  await pass(1100);
  silent();
  expect(breaker.isUp()).toBe(false);
  await pass(2100);
  breaker.answered();
  silent();
  expect(breaker.isUp()).toBe(true);
});

it('is tried less and less often where probes are answered and questions are not', async () => {
  const { breaker, upstream, silent } = makeBreaker(1);
  upstream.answers = true;
  const waits: number[] = [];
  for (let downs = 0; downs < 8; downs += 1) {
    silent();
    const downAt = performance.now();
    while (!breaker.isUp()) await pass(500);
    waits.push(performance.now() - downAt);
  }
  expect(waits.slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
  expect(Math.max(...waits)).toBe(30_000);
});

it.each([
  ['that nobody answered', retry('TIMEOUT', 'timeout')],
  ['that found no connection', retry('ECONNREFUSED', 'transport')],
  ['whose certificate was refused', retry('DEPTH_ZERO_SELF_SIGNED_CERT', 'transport')],
  ['that a proxy answered in its place', retry('HTTP_502', 'http')],
])('finds out by probes, without guests, that the line is down after a background call %s', async (_, outcome) => {
  const { breaker, upstream } = makeBreaker();
  breaker.heard(outcome);
  expect(breaker.isUp()).toBe(true);
  await pass(1100);
  expect([breaker.isUp(), upstream.probes]).toEqual([false, 2]);
});

it.each([
  ['was never sent', retry('NOT_SENT', 'unsent')],
  ['was refused in the words of the scheme', retry('OVERLOADED', 'overload')],
])('is not doubted for a background call that %s', async (_, outcome) => {
  const { breaker, upstream } = makeBreaker();
  breaker.heard(outcome);
  await pass(60_000);
  expect([breaker.isUp(), upstream.probes]).toEqual([true, 0]);
});

it('starts over with another upstream', async () => {
  const { breaker, silent } = makeBreaker(1);
  silent();
  breaker.reset();
  expect(breaker.isUp()).toBe(true);
});

it('does not count a silence against the line that came back after the question', async () => {
  const { breaker, upstream, silent } = makeBreaker();
  const askedAt = performance.now();
  await pass(100);
  silent();
  await pass(0);
  expect(breaker.isUp()).toBe(false);
  upstream.answers = true;
  await pass(1100);
  expect(breaker.isUp()).toBe(true);
  breaker.silent(askedAt);
  expect(breaker.isUp()).toBe(true);
  silent();
  expect(breaker.isUp()).toBe(false);
});
