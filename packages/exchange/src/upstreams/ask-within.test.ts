// @module-tag service
import { generateKeyPairSync } from 'node:crypto';
import { readEnvelope, wallClockAt, writeReply } from '@ticket-check/protocol';
import { startPeer } from '@ticket-check/runtime/testing';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { MAX_CONNECTIONS } from '../client/transport.ts';
import { createUpstream } from '../client/upstream.ts';
import type { CallPriority } from '../priority.ts';
import { NOON } from '../testing/accounts.ts';
import { askWithin, probeUpstream } from './ask-within.ts';
import { createCircuitBreaker } from './circuit-breaker.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A peer that answers nothing until released, with as many calls to it under way as possible. */
async function setUp() {
  const held: (() => void)[] = [];
  const peer = await startPeer(async () => {
    await new Promise<void>((resolve) => held.push(resolve));
    return { body: writeReply(wallClockAt(NOON), {}) };
  });
  const url = peer.url;
  const upstream = createUpstream({ url, username: 'a', privateKey, ca: peer.ca, extensions: [], now: () => NOON });
  const probe = async () => false;
  const breaker = createCircuitBreaker({ silences: 1, probe, logger: pino({ level: 'silent' }) });
  const call = (timeoutMs: number, api = 'GetPublicKeys', priority: CallPriority = 'background') =>
    upstream.call(api, {}, { read: () => null, timeoutMs, idempotent: false, priority });
  const calls = Array.from({ length: MAX_CONNECTIONS }, () => call(60_000));
  const apis = () => peer.requests.map(({ body }) => readEnvelope(Buffer.from(body)).api);
  onTestFinished(async () => {
    await breaker.stop();
    for (const answer of held.splice(0)) answer();
    await upstream.close();
    await peer.close();
  });
  await expect.poll(() => held.length).toBe(MAX_CONNECTIONS);
  const answerOne = () => held.shift()?.();
  const answerAll = async () => {
    for (const answer of held.splice(0)) answer();
    await Promise.all(calls);
  };
  return { upstream, breaker, call, apis, answerOne, answerAll };
}

test('a question that waited here for too long is answered in time, never sent, and no silence of the peer', async () => {
  const { breaker, call, apis, answerAll } = await setUp();
  const ask = (timeoutMs: number) => call(timeoutMs, 'GetTicketInfo', 'question');
  expect(await askWithin(100, ask, breaker)).toMatchObject({ kind: 'retry', code: 'NOT_SENT', detail: 'unsent' });
  await answerAll();
  expect(apis()).not.toContain('GetTicketInfo');
  expect(breaker.isUp()).toBe(true);
  // Now there is room, and the silence is the peer's.
  expect(await askWithin(1000, ask, breaker)).toMatchObject({ kind: 'retry', detail: 'timeout' });
  expect(apis()).toContain('GetTicketInfo');
  // On a busy machine the call ends after its budget.
  await expect.poll(() => breaker.isUp()).toBe(false);
});

test('a probe that waited here for too long says nothing of the peer, and is never sent', async () => {
  const { upstream, apis, answerAll } = await setUp();
  expect(await probeUpstream(upstream, [], { timeoutMs: 100, priority: 'claim' })).toBe(null);
  await answerAll();
  expect(apis()).toHaveLength(MAX_CONNECTIONS);
  expect(await probeUpstream(upstream, [], { timeoutMs: 1000, priority: 'claim' })).toBe(false);
});

test('a guest at a gate goes before work that nobody waits for', async () => {
  const { call, apis, answerOne } = await setUp();
  const inTurn = ['background', 'report', 'keys', 'question', 'claim'] as const;
  for (const priority of inTurn) void call(60_000, priority, priority);
  for (const [index, priority] of inTurn.toReversed().entries()) {
    answerOne();
    await expect.poll(() => apis().at(MAX_CONNECTIONS + index)).toBe(priority);
  }
});
