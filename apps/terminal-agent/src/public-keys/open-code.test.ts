// @module-tag service
import type { KeyCache, RefreshResult } from '@ticket-check/key-cache';
import { addSeconds, epochOf } from '@ticket-check/protocol';
import { createLogger, createLogSampler } from '@ticket-check/runtime';
import { expect, it } from 'vitest';
import { film, makeCinema, now, startCinema as startEvening, ukey } from '../testing/evening.ts';
import { CINEMA, makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { makeTerminal } from '../testing/test-terminal.ts';
import { createOpenCode } from './open-code.ts';

const old = ukey;
const forger = makeUkey(old.key.startTime);
const SILENT_LOG = createLogger('test', 'silent');

const startCinema = (keys = [old.key]) => startEvening({ keys });

it('admits the first ticket of a Ukey that was replaced after the keys were fetched', async () => {
  const { platform, wait, agent } = await startCinema();
  expect(await agent.scan(sellTicket(old, film).code)).toMatchObject({ Verdict: 'ADMIT' });
  wait(60_000);
  const renewed = makeUkey(addSeconds(now, 30));
  platform.keys.set(CINEMA, [old.key, renewed.key]);
  expect(await agent.scan(sellTicket(renewed, film).code)).toMatchObject({ Verdict: 'ADMIT' });
  expect(await agent.scan(sellTicket(old, film).code)).toMatchObject({ Verdict: 'ADMIT' });
});

it('admits a ticket made with a key that starts later', async () => {
  const announced = makeUkey(addSeconds(now, 300));
  const { agent } = await startCinema([old.key, announced.key]);
  expect(await agent.scan(sellTicket(announced, film).code)).toMatchObject({ Verdict: 'ADMIT' });
});

it('refuses a forged ticket, and a flood of them does not keep the first ticket of a new Ukey out', async () => {
  const { platform, wait, agent } = await startCinema();
  expect(await agent.scan(sellTicket(old, film).code)).toMatchObject({ Verdict: 'ADMIT' });
  const verdicts = new Set<string>();
  for (let round = 0; round < 100; round += 1) {
    wait(100);
    verdicts.add((await agent.scan(sellTicket(forger, film).code)).Verdict);
  }
  expect(verdicts).toEqual(new Set(['NOT_GENUINE', 'KEYS_PENDING']));
  const asked = platform.asked.filter((api) => api === 'GetPublicKeys').length;
  expect(asked).toBeLessThan(20);

  const renewed = makeUkey(addSeconds(now, -30));
  platform.keys.set(CINEMA, [old.key, renewed.key]);
  const { code } = sellTicket(renewed, film);
  const first = await agent.scan(code);
  if (first.Verdict === 'KEYS_PENDING') wait(1000);
  expect(await agent.scan(code)).toMatchObject({ Verdict: first.Verdict === 'ADMIT' ? 'ALREADY_ENTERED' : 'ADMIT' });
});

it('admits the first ticket of a new Ukey within 2 s also after minutes of forged ones', async () => {
  const { platform, wait, agent } = await startCinema();
  expect(await agent.scan(sellTicket(old, film).code)).toMatchObject({ Verdict: 'ADMIT' });
  const forged = sellTicket(forger, film).code;
  const forgeAgain = () => {
    wait(1000);
    return agent.scan(forged);
  };
  for (let second = 0; second < 180; second += 1) await forgeAgain();
  // Just after the keys were asked for, when the next time is furthest.
  await expect.poll(async () => (await forgeAgain()).Verdict, { interval: 1 }).toBe('NOT_GENUINE');
  const renewed = makeUkey(addSeconds(now, -30));
  platform.keys.set(CINEMA, [old.key, renewed.key]);
  const { code } = sellTicket(renewed, film);
  const first = await agent.scan(code);
  if (first.Verdict === 'ADMIT') return;
  expect(first).toMatchObject({ Verdict: 'KEYS_PENDING' });
  expect(first.RetryInSeconds).toBeLessThanOrEqual(2);
  wait(first.RetryInSeconds! * 1000);
  expect(await agent.scan(code)).toMatchObject({ Verdict: 'ADMIT' });
});

it('says that keys are pending, not that the ticket is forged, while they cannot be fetched', async () => {
  const { platform, wait, agent } = await startCinema();
  expect(await agent.scan(sellTicket(old, film).code)).toMatchObject({ Verdict: 'ADMIT' });
  await platform.stop();
  wait(60_000);
  const renewed = makeUkey(addSeconds(now, -30));
  const verdict = await agent.scan(sellTicket(renewed, film).code);
  expect(verdict).toMatchObject({ Verdict: 'KEYS_PENDING' });
  expect(verdict.Message).toMatch(/in \d+ s/);
});

it('says that there are no keys where none was ever received', async () => {
  const { platform, terminal } = await makeCinema();
  await platform.stop();
  const agent = await terminal.start();
  expect(await agent.scan(sellTicket(old, film).code)).toMatchObject({ Verdict: 'KEYS_UNAVAILABLE' });
});

it('says that there are no keys before an upstream is set', async () => {
  const terminal = await makeTerminal({ now: () => epochOf(now) });
  const agent = await terminal.start();
  expect(await agent.scan(sellTicket(old, film).code)).toMatchObject({ Verdict: 'KEYS_UNAVAILABLE' });
});

it('counts a fetch that its budget cut as a silence of the upstream, and no other', async () => {
  const results: RefreshResult[] = ['timeout', 'failed', 'limited', 'timeout'];
  const cache: Pick<KeyCache, 'keys' | 'refresh' | 'refreshAllowedInMs'> = {
    keys: async () => [old.key],
    refresh: async () => results.shift()!,
    refreshAllowedInMs: async () => 0,
  };
  const silences: number[] = [];
  const breaker = { isUp: () => true, silent: () => silences.push(results.length) };
  const openCode = createOpenCode(cache as KeyCache, breaker, {
    logger: SILENT_LOG,
    warnings: createLogSampler({ logger: SILENT_LOG, summary: '' }),
  });
  const { code } = sellTicket(forger, film);
  while (results.length > 0)
    expect(await openCode(code, CINEMA, { now, budgetMs: 5 })).toMatchObject({ kind: 'keys-pending' });
  expect(silences).toEqual([3, 0]);
});

it('logs a bounded number of lines of a ticket that is scanned again and again whose key starts later', async () => {
  const announced = makeUkey(addSeconds(now, 300));
  const cache: Pick<KeyCache, 'keys'> = { keys: async () => [announced.key] };
  const lines: string[] = [];
  const logger = createLogger('test', 'info', { write: (line) => lines.push(line) });
  const warnings = createLogSampler({ logger, summary: 'more' });
  const breaker = { isUp: () => true, silent() {} };
  const openCode = createOpenCode(cache as KeyCache, breaker, { logger, warnings });
  const { code } = sellTicket(announced, film);
  for (let scan = 0; scan < 60; scan += 1)
    expect(await openCode(code, CINEMA, { now, budgetMs: 5 })).toMatchObject({ kind: 'genuine' });
  expect(lines).toHaveLength(20);
  warnings.close();
});
