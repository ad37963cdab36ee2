import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { CallPriority } from '../priority.ts';
import { type AdmissionQueue, createAdmissionQueue } from './admission-queue.ts';

const OWN = { claim: 500, question: 100, keys: 100, report: 100, background: 10 } as const;
const COMMON = 500;

let queue: AdmissionQueue;
let begun: string[];
let held: Map<string, (() => void)[]>;

beforeEach(() => {
  queue = createAdmissionQueue();
  begun = [];
  held = new Map();
});

/** A request that is under way until `answer` names it. */
function ask(kind: CallPriority, name: string = kind): Promise<void> {
  return queue.run(kind, () => {
    begun.push(name);
    return new Promise<void>((resolve) => held.set(name, [...(held.get(name) ?? []), resolve]));
  });
}

function askMany(count: number, kind: CallPriority, name: string = kind): void {
  for (let n = 0; n < count; n += 1) ask(kind, name).catch(() => {});
}

async function answer(name: string, count = 1): Promise<void> {
  for (const resolve of held.get(name)?.splice(0, count) ?? []) resolve();
  await nextTurn();
}

const begunOf = (name: string) => begun.filter((one) => one === name).length;

test('a flood of one kind takes its own places and the common ones, and no other kind’s', () => {
  askMany(2000, 'report');
  expect([begunOf('report'), queue.waiting()]).toEqual([OWN.report + COMMON, 1400]);
  askMany(500, 'claim');
  askMany(100, 'question');
  askMany(100, 'keys');
  askMany(10, 'background');
  expect(begun.slice(OWN.report + COMMON)).toHaveLength(710);
  expect(queue.waiting()).toBe(1400);
});

test('common places go to claims first, then to questions, keys, reports and the rest, each in the order of arrival', async () => {
  for (const kind of ['claim', 'question', 'keys', 'report', 'background'] as const) askMany(OWN[kind], kind, 'own');
  askMany(COMMON, 'question', 'first');
  for (const kind of ['background', 'report', 'keys', 'question', 'claim', 'report', 'claim'] as const) {
    ask(kind, `${kind} ${queue.waiting()}`).catch(() => {});
  }
  begun = [];
  await answer('first', 7);
  expect(begun).toEqual(['claim 4', 'claim 6', 'question 3', 'keys 2', 'report 1', 'report 5', 'background 0']);
});

test('endless claims keep out no report that waits: it gets the next place of its kind', async () => {
  askMany(OWN.report + 2, 'report', 'early');
  askMany(OWN.claim + COMMON + 1000, 'claim');
  ask('report', 'waiting').catch(() => {});
  await answer('claim', 100);
  expect(begunOf('waiting')).toBe(0);
  await answer('early');
  expect(begunOf('waiting')).toBe(1);
});

test('where many wait, claims may wait still', async () => {
  askMany(OWN.report, 'report', 'own');
  askMany(COMMON + 5000, 'report');
  await expect(queue.run('report', async () => {})).rejects.toMatchObject({ code: 'OVERLOADED' });
  askMany(OWN.claim, 'claim', 'own');
  ask('claim', 'last').catch(() => {});
  await answer('report');
  expect(begunOf('last')).toBe(1);
  expect(queue.shed()).toEqual({ claim: 0, question: 0, keys: 0, report: 1, background: 0 });
});

describe('where nothing that is under way is answered', () => {
  beforeEach((context) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    context.onTestFinished(() => void vi.useRealTimers());
  });

  test.each([
    ['claim', 1500, 2],
    ['question', 1500, 2],
    ['keys', 5000, 5],
    ['report', 10_000, 10],
    ['background', 10_000, 10],
  ] as const)('a %s is refused after %i ms, with the time to ask again', async (kind, budgetMs, retryAfterSeconds) => {
    askMany(OWN[kind] + COMMON, kind);
    const refused = expect(ask(kind, 'late')).rejects.toMatchObject({
      code: 'OVERLOADED',
      details: { retryAfterSeconds },
    });
    await vi.advanceTimersByTimeAsync(budgetMs - 1);
    expect(queue.waiting()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await refused;
    expect([queue.waiting(), queue.shed()[kind], begunOf('late')]).toEqual([0, 1, 0]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
