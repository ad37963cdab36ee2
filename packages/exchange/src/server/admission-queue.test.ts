import { setImmediate as nextTurn } from 'node:timers/promises';
import { ProtocolError } from '@ticket-check/protocol';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { CallPriority } from '../priority.ts';
import { type AdmissionQueue, createAdmissionQueue } from './admission-queue.ts';

let clock: number;
let queue: AdmissionQueue;
let answered: string[];

beforeEach(() => {
  clock = 0;
  queue = createAdmissionQueue({ now: () => clock });
  answered = [];
});

/** A request that keeps the event loop busy for `ms` milliseconds once it begins. */
function ask(name: string, priority: CallPriority, ms: number): Promise<string> {
  return queue.run(priority, async () => {
    clock += ms;
    answered.push(name);
    return name;
  });
}

async function refusalOf(answer: Promise<unknown>): Promise<ProtocolError> {
  return answer.then(
    () => expect.fail('it was answered'),
    (error) => (error instanceof ProtocolError ? error : expect.fail(`${error}`)),
  );
}

async function untilAnswered(count: number): Promise<void> {
  while (answered.length < count) await nextTurn();
}

const times = <T>(count: number, act: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => act(index));

test('begins a request at once while the service keeps up', async () => {
  for (const turn of [1, 2, 3]) {
    void ask(`report ${turn}`, 'report', 1);
    void ask(`claim ${turn}`, 'claim', 1);
    expect(answered.slice(-2)).toEqual([`report ${turn}`, `claim ${turn}`]);
    await nextTurn();
  }
  expect(queue.waiting()).toBe(0);
});

test('begins claims before questions, keys, reports and the rest, each in the order of arrival', async () => {
  const all = [
    ask('first of the turn', 'report', 50),
    ...(['background', 'report', 'keys', 'question', 'claim', 'report', 'claim'] as const).map((priority, index) =>
      ask(`${priority} ${index}`, priority, 1),
    ),
  ];
  expect(queue.waiting()).toBe(7);
  await Promise.all(all);
  expect(answered).toEqual([
    'first of the turn',
    'claim 4',
    'claim 6',
    'question 3',
    'keys 2',
    'report 1',
    'report 5',
    'background 0',
  ]);
});

test('a claim that comes while reports wait begins before them', async () => {
  const reports = times(20, (index) => ask(`report ${index}`, 'report', 5));
  await untilAnswered(2);
  const before = answered.length;
  await ask('claim', 'claim', 1);
  expect(answered.indexOf('claim')).toBeLessThanOrEqual(before + 1);
  await Promise.all(reports);
});

test('refuses what it did not come to within a second and a half, without beginning it', async () => {
  const all = await Promise.allSettled(times(40, (index) => ask(`claim ${index}`, 'claim', 100)));
  // The first began at once, the others came when it was done.
  expect(answered).toEqual(times(17, (index) => `claim ${index}`));
  expect(all.map(({ status }) => status)).toEqual([...Array(17).fill('fulfilled'), ...Array(23).fill('rejected')]);
  expect(queue.shed()).toMatchObject({ claim: 23, report: 0 });
  expect(queue.waiting()).toBe(0);
});

test('goes on behind requests that came too late, though none comes or is answered meanwhile', async () => {
  // Each look at the clock takes a millisecond, so that a slice refuses only a few.
  queue = createAdmissionQueue({
    now() {
      clock += 1;
      return clock;
    },
  });
  void queue.run('claim', () => new Promise<never>(() => {}));
  const slow = [ask('first of the turn', 'claim', 50), ask('slow', 'claim', 2000)];
  const late = times(20, () => refusalOf(ask('late', 'claim', 1)));
  await Promise.all([...slow, ask('report', 'report', 1), ...late]);
  expect(answered).toEqual(['first of the turn', 'slow', 'report']);
});

test('refuses at once what it foresees it will not come to in time, and says when to ask again', async () => {
  const waiting = times(40, (index) => ask(`question ${index}`, 'question', 100).catch(() => {}));
  // Fewer slices say nothing about the rate at which requests begin.
  await untilAnswered(9);
  const early = ask('early', 'question', 0).catch(() => {});
  expect(queue.shed().question).toBe(0);
  await untilAnswered(10);
  const at = clock;
  const refusal = await refusalOf(ask('late', 'question', 100));
  expect(clock).toBe(at);
  expect(refusal).toMatchObject({ code: 'OVERLOADED', details: { retryAfterSeconds: 4 } });
  // They do not delay more urgent requests, and requests with more time are not refused.
  const [claim, report] = [ask('claim', 'claim', 1), ask('report', 'report', 1)];
  await Promise.all([claim, report, early, ...waiting]);
  expect(answered.at(-1)).toBe('report');
  expect(answered).toContain('claim');
});

test('foresees nothing by what is over', async () => {
  await Promise.allSettled(times(40, (index) => ask(`claim ${index}`, 'claim', 100)));
  await nextTurn();
  await Promise.all(times(100, (index) => ask(`quick claim ${index}`, 'claim', 1)));
  expect(answered).toHaveLength(117);
});

test('where as many wait as may, the last of the least urgent gives way to a claim', async () => {
  void ask('first of the turn', 'report', 50);
  const reports = times(10_000, (index) => ask(`report ${index}`, 'report', 0));
  const [, , last] = [
    await refusalOf(ask('one too many', 'report', 0)),
    ask('claim', 'claim', 0),
    await refusalOf(reports.at(-1) as Promise<string>),
  ];
  expect(last.code).toBe('OVERLOADED');
  await Promise.all(reports.slice(0, -1));
  expect(answered.slice(0, 3)).toEqual(['first of the turn', 'claim', 'report 0']);
  expect(answered).toHaveLength(10_001);
});

test('begins at most a thousand that are not answered yet, reports only among the first half', async () => {
  const held: (() => void)[] = [];
  const begun: string[] = [];
  const hold = (name: string, priority: CallPriority) =>
    queue.run(priority, () => {
      begun.push(name);
      return new Promise<void>((resolve) => held.push(resolve));
    });
  const all = [
    ...times(600, (index) => hold(`report ${index}`, 'report')),
    ...times(600, (index) => hold(`claim ${index}`, 'claim')),
  ];
  await nextTurn();
  await nextTurn();
  const reports = () => begun.filter((name) => name.startsWith('report')).length;
  expect([begun.length, reports(), queue.waiting()]).toEqual([1000, 500, 200]);
  // Waiting claims take each place that becomes free.
  for (const answer of held.splice(0, 100)) answer();
  await nextTurn();
  await nextTurn();
  expect([begun.length, reports(), queue.waiting()]).toEqual([1100, 500, 100]);
  while (held.length > 0 || queue.waiting() > 0) {
    for (const answer of held.splice(0)) answer();
    await nextTurn();
  }
  await Promise.all(all);
  expect(begun).toHaveLength(1200);
});

describe('where what is more urgent keeps coming', () => {
  /** Puts as many claims before the event loop as it answers, each of a millisecond, until something is done. */
  async function flood(claims: number, until: () => boolean): Promise<void> {
    const coming = times(claims, async () => {
      while (!until()) {
        await ask('claim', 'claim', 1).catch(() => {});
        await nextTurn();
      }
    });
    await Promise.all(coming);
  }

  test('everything else is answered or refused within its budget', async () => {
    let settled = 0;
    const others = (['question', 'keys', 'report', 'background'] as const).map(async (priority) => {
      await nextTurn();
      const at = clock;
      await ask(priority, priority, 1);
      settled += 1;
      return clock - at;
    });
    await flood(200, () => settled === 4 || clock > 20_000);
    const ms = await Promise.all(others);
    expect(Math.max(...ms)).toBeLessThan(500);
    expect(queue.shed()).toEqual({ claim: 0, question: 0, keys: 0, report: 0, background: 0 });
  });

  test('a herd of reports from before, under way all the while, keeps no other purpose from its share', async () => {
    const herd = Promise.withResolvers<void>();
    const reports = times(40, () => queue.run('report', () => herd.promise));
    let settled = 0;
    const others = (['question', 'keys', 'background'] as const).map(async (priority) => {
      await nextTurn();
      const at = clock;
      await ask(priority, priority, 1);
      settled += 1;
      return clock - at;
    });
    await flood(200, () => settled === 3 || clock > 20_000);
    expect(Math.max(...(await Promise.all(others)))).toBeLessThan(500);
    herd.resolve();
    await Promise.all(reports);
  });

  test('one in 33 that begin is less urgent, and each purpose has its share', async () => {
    void ask('first of the turn', 'claim', 50);
    const all = [
      ...times(10, (index) => ask(`report ${index}`, 'report', 0)),
      ...times(10, (index) => ask(`question ${index}`, 'question', 0)),
      ...times(200, (index) => ask(`claim ${index}`, 'claim', 0)),
    ];
    await Promise.all(all);
    const others = answered.flatMap((name, place) =>
      name.includes('claim') || place === 0 || place > 200 ? [] : `${place} ${name}`,
    );
    expect(others).toEqual([
      '33 question 0',
      '66 report 0',
      '99 question 1',
      '132 report 1',
      '165 question 2',
      '198 report 2',
    ]);
  });

  test.each([
    ['claim', 1000],
    ['question', 500],
  ] as const)('at most 16 out of turn are under way while a flood of %ss takes every place', async (urgent, places) => {
    const underWay: (() => void)[] = [];
    const begun = times(places, () => queue.run(urgent, () => new Promise<void>((resolve) => underWay.push(resolve))));
    let reports = 0;
    const hold = () => {
      reports += 1;
      return new Promise<void>((resolve) => underWay.push(resolve));
    };
    const waiting = [
      ...times(100, () => queue.run('report', hold)),
      ...times(1000, () => queue.run(urgent, async () => {})),
    ];
    // Some places become free, and those that wait follow each other through what reports leave of them.
    for (const answer of underWay.splice(0, 20)) answer();
    while (queue.waiting() > 300) await nextTurn();
    expect(reports).toBe(16);
    while (underWay.length > 0 || queue.waiting() > 0) {
      for (const answer of underWay.splice(0)) answer();
      await nextTurn();
    }
    await Promise.all([...begun, ...waiting]);
  });

  test('refuses at once a question that they would not let through in time, though few questions wait', async () => {
    const begun = () => answered.filter((name) => name === 'question').length;
    let done = false;
    const flooding = flood(400, () => done);
    const questions = times(100, () => ask('question', 'question', 1).catch(() => {}));
    while (begun() < 15) await nextTurn();
    const at = clock;
    const refusal = await refusalOf(ask('late', 'question', 1));
    expect(clock).toBe(at);
    expect(refusal).toMatchObject({ code: 'OVERLOADED', details: { retryAfterSeconds: 3 } });
    done = true;
    await Promise.all([flooding, ...questions]);
  });
});

describe('where nothing that is under way is answered', () => {
  const hang = (priority: CallPriority) => queue.run(priority, () => new Promise<never>(() => {}));

  beforeEach((context) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    context.onTestFinished(() => void vi.useRealTimers());
    queue = createAdmissionQueue();
    for (const _ of times(1000, () => {})) void hang('claim');
  });

  test.each([
    ['claim', 1500, 2],
    ['question', 1500, 2],
    ['keys', 5000, 5],
    ['report', 10_000, 10],
    ['background', 10_000, 10],
  ] as const)(
    'a %s is refused when its budget of %i ms ends, with the time to ask again',
    async (priority, budgetMs, retryAfterSeconds) => {
      let refusal: ProtocolError | undefined;
      const settled = refusalOf(hang(priority)).then((error) => {
        refusal = error;
      });
      await vi.advanceTimersByTimeAsync(budgetMs);
      expect(refusal).toBeUndefined();
      await vi.advanceTimersByTimeAsync(2);
      expect(refusal).toMatchObject({ code: 'OVERLOADED', details: { retryAfterSeconds } });
      await settled;
      expect(queue.waiting()).toBe(0);
      expect(queue.shed()[priority]).toBe(1);
    },
  );

  test('each is refused when its own time is over, those of one moment some at a time', async () => {
    const refused: number[] = [];
    const wait = (count: number) =>
      times(count, () => refusalOf(hang('claim')).then(() => refused.push(performance.now())));
    const from = performance.now();
    const all = wait(250);
    await vi.advanceTimersByTimeAsync(700);
    all.push(...wait(1));
    await vi.advanceTimersByTimeAsync(1000);
    expect(queue.waiting()).toBe(1);
    await vi.advanceTimersByTimeAsync(1000);
    await Promise.all(all);
    const after = [...new Set(refused.map((at) => Math.round(at - from)))];
    expect(after).toEqual([1501, 1502, 1503, 2201]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
