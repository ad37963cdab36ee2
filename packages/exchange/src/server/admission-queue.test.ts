import { setImmediate as nextTurn } from 'node:timers/promises';
import { ProtocolError } from '@ticket-check/protocol';
import { beforeEach, expect, test } from 'vitest';
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

/** A request that keeps the event loop busy for so many milliseconds once it begins. */
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

test('refuses at once what it foresees it will not come to in time, and says when to ask again', async () => {
  const waiting = times(40, (index) => ask(`question ${index}`, 'question', 100).catch(() => {}));
  // Fewer slices do not tell how fast requests begin.
  await untilAnswered(9);
  const early = ask('early', 'question', 0).catch(() => {});
  expect(queue.shed().question).toBe(0);
  await untilAnswered(10);
  const at = clock;
  const refusal = await refusalOf(ask('late', 'question', 100));
  expect(clock).toBe(at);
  expect(refusal).toMatchObject({ code: 'OVERLOADED', details: { retryAfterSeconds: 4 } });
  // Whoever goes before them is not kept waiting by them, nor is refused what has more time.
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

test('begins no more than a thousand that are not answered yet, reports among the first half alone', async () => {
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
  // The claims that wait take the places of whatever is answered.
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
