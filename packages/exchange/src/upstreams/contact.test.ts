import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Outcome } from '../client/outcome.ts';
import { createContact } from './contact.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const ANSWER: Outcome<unknown> = { kind: 'delivered', reply: null, extensions: new Set(), generation: null };
const retry = (code: string, detail: 'transport' | 'timeout' | 'unsent' | 'http' | 'overload'): Outcome<unknown> => ({
  kind: 'retry',
  code,
  message: '',
  detail,
});
const SILENCE = retry('TIMEOUT', 'timeout');

function makeContact() {
  const upstream = { answers: false, probes: 0 };
  const contact = createContact({
    async probe() {
      upstream.probes += 1;
      contact.heard(upstream.answers ? ANSWER : SILENCE, performance.now());
      return upstream.answers;
    },
    logger: pino({ level: 'silent' }),
  });
  const ask = (outcome: Outcome<unknown>, agoMs = 0) => contact.heard(outcome, performance.now() - agoMs);
  return { contact, upstream, ask };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

it.each([
  ['that nobody answered', SILENCE],
  ['that found no connection', retry('ECONNREFUSED', 'transport')],
  ['that a proxy answered in its place', retry('HTTP_502', 'http')],
])('is lost after a call %s and a probe', async (_, outcome) => {
  const { contact, upstream, ask } = makeContact();
  ask(outcome);
  expect(contact.isThere()).toBe(true);
  await pass(0);
  expect([contact.isThere(), upstream.probes]).toEqual([false, 1]);
});

it.each([
  ['was never sent', retry('NOT_SENT', 'unsent')],
  ['was refused in the words of the scheme', retry('OVERLOADED', 'overload')],
])('is not doubted for a call that %s', async (_, outcome) => {
  const { contact, upstream, ask } = makeContact();
  ask(outcome);
  await pass(60_000);
  expect([contact.isThere(), upstream.probes]).toEqual([true, 0]);
});

it('is not lost for calls that are answered late while others are answered', async () => {
  const { contact, upstream, ask } = makeContact();
  await pass(10_000);
  ask(ANSWER);
  ask(SILENCE, 5000);
  ask(SILENCE, 5000);
  await pass(1000);
  expect([contact.isThere(), upstream.probes]).toEqual([true, 0]);
  upstream.answers = true;
  ask(SILENCE);
  ask(SILENCE);
  await pass(1000);
  expect([contact.isThere(), upstream.probes]).toEqual([true, 1]);
});

it('recovers without calls, and costs a dead upstream six probes a minute', async () => {
  const { contact, upstream, ask } = makeContact();
  ask(SILENCE);
  await pass(60_000);
  expect(contact.isThere()).toBe(false);
  expect(upstream.probes).toBeLessThanOrEqual(7);
  upstream.answers = true;
  await pass(13_000);
  expect(contact.isThere()).toBe(true);
});

it('is back with the first answer', async () => {
  const { contact, ask } = makeContact();
  ask(SILENCE);
  await pass(0);
  ask(ANSWER);
  expect(contact.isThere()).toBe(true);
});

it('asks nothing more once it is stopped', async () => {
  const { contact, upstream, ask } = makeContact();
  await contact.stop();
  ask(SILENCE);
  await pass(60_000);
  expect([contact.isThere(), upstream.probes]).toEqual([true, 0]);
});
