// @module-tag service
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { groupQuestions } from './group-questions.ts';

const BUDGET_MS = 600;
const PACE_MS = 25;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A line that notes what goes out together, with the time that is left for it, and answers each call when told. */
function controlled(limits: { maxUnderWay?: number; maxWaiting?: number } = {}) {
  const sent: number[][] = [];
  const priorities: string[] = [];
  const timeouts: number[] = [];
  const calls: PromiseWithResolvers<void>[] = [];
  const group = groupQuestions<number, number>({
    async send(questions, { priority, leftMs }) {
      sent.push([...questions]);
      priorities.push(priority);
      timeouts.push(leftMs);
      const call = Promise.withResolvers<void>();
      calls.push(call);
      await call.promise;
      return questions.map((question) => question * 10);
    },
    paceMs: PACE_MS,
    max: 3,
    maxUnderWay: 2,
    maxWaiting: 10,
    ...limits,
  });
  const ask = (question: number) => group(question, { priority: 'question', timeoutMs: BUDGET_MS });
  const claim = (question: number) => group(question, { priority: 'claim', timeoutMs: BUDGET_MS });
  return { ask, claim, sent, priorities, timeouts, calls };
}

test('what is asked in one turn goes out together, and without waiting for a call that is full', async () => {
  const { ask, sent } = controlled();
  for (let question = 1; question <= 5; question += 1) void ask(question);
  expect(sent).toEqual([[1, 2, 3]]);
  await vi.advanceTimersByTimeAsync(PACE_MS);
  expect(sent).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
});

test('what is asked while a call is under way goes out together once that one is back', async () => {
  const { ask, sent, calls } = controlled();
  const answers = [ask(1)];
  await nextTurn();
  expect(sent).toEqual([[1]]);
  answers.push(ask(2), ask(3));
  await nextTurn();
  expect(sent).toEqual([[1]]);
  calls[0]?.resolve();
  expect(await answers[0]).toBe(10);
  await expect.poll(() => sent).toEqual([[1], [2, 3]]);
  calls[1]?.resolve();
  expect(await Promise.all(answers)).toEqual([10, 20, 30]);
});

test('a call that stays away delays the next one only by the pace', async () => {
  const { ask, sent, calls } = controlled();
  void ask(1);
  await nextTurn();
  const later = [2, 3].map(ask);
  await vi.advanceTimersByTimeAsync(PACE_MS - 1);
  expect(sent).toEqual([[1]]);
  await vi.advanceTimersByTimeAsync(1);
  expect(sent).toEqual([[1], [2, 3]]);
  calls[1]?.resolve();
  expect(await Promise.all(later)).toEqual([20, 30]);
  void ask(4);
  await nextTurn();
  expect(sent.at(-1)).toEqual([4]);
});

test('calls under way and questions in one call stay within their bounds', async () => {
  const { ask, sent, calls } = controlled();
  void ask(1);
  await nextTurn();
  for (let question = 2; question <= 9; question += 1) void ask(question);
  await vi.advanceTimersByTimeAsync(10 * PACE_MS);
  expect(sent).toEqual([[1], [2, 3, 4]]);
  calls[0]?.resolve();
  await expect.poll(() => sent).toEqual([[1], [2, 3, 4], [5, 6, 7]]);
  calls[1]?.resolve();
  await expect.poll(() => sent.at(-1)).toEqual([8, 9]);
});

test('a call may wait for as long as the question that came last, and what waited for half of its time is refused', async () => {
  const { ask, sent, timeouts, calls } = controlled({ maxUnderWay: 1 });
  const first = ask(1);
  await nextTurn();
  const tooLate = expect(ask(2)).rejects.toMatchObject({ code: 'OVERLOADED' });
  await vi.advanceTimersByTimeAsync(100);
  const third = ask(3);
  await vi.advanceTimersByTimeAsync(100);
  const fourth = ask(4);
  await vi.advanceTimersByTimeAsync(BUDGET_MS / 2 - 200);
  calls[0]?.resolve();
  await first;
  await tooLate;
  await expect.poll(() => sent).toEqual([[1], [3, 4]]);
  expect(timeouts).toEqual([BUDGET_MS, BUDGET_MS - 100]);
  calls[1]?.resolve();
  expect(await Promise.all([third, fourth])).toEqual([30, 40]);
});

test('a call that fails fails its own questions and no others', async () => {
  const { ask, sent, calls } = controlled();
  const first = ask(1);
  await nextTurn();
  const second = ask(2);
  calls[0]?.reject(new Error('no'));
  await expect(first).rejects.toThrow('no');
  await expect.poll(() => sent).toEqual([[1], [2]]);
  calls[1]?.resolve();
  expect(await second).toBe(20);
});

test('where too many wait a further question is refused, and a claim is not', async () => {
  const { ask, claim, sent, calls } = controlled({ maxUnderWay: 1, maxWaiting: 1 });
  const answers = [ask(1)];
  await nextTurn();
  answers.push(ask(2));
  await expect(ask(3)).rejects.toMatchObject({ code: 'OVERLOADED', message: /questions wait/ });
  const claimed = claim(4);
  calls[0]?.resolve();
  await expect.poll(() => sent).toEqual([[1], [4, 2]]);
  calls[1]?.resolve();
  expect(await Promise.all([...answers, claimed])).toEqual([10, 20, 40]);
});

test('claims go before questions that came earlier, and a call is as urgent as the most urgent in it', async () => {
  const { ask, claim, sent, priorities, calls } = controlled({ maxUnderWay: 1 });
  const answers = [ask(1)];
  await nextTurn();
  answers.push(ask(2), ask(3), ask(4), claim(5));
  calls[0]?.resolve();
  await expect.poll(() => sent).toEqual([[1], [5, 2, 3]]);
  calls[1]?.resolve();
  await expect.poll(() => sent.at(-1)).toEqual([4]);
  calls[2]?.resolve();
  expect(await Promise.all(answers)).toEqual([10, 20, 30, 40, 50]);
  expect(priorities).toEqual(['question', 'claim', 'question']);
});

test('a stall of this process refuses nothing that can still be sent', async () => {
  const { ask, sent } = controlled();
  void ask(1);
  await nextTurn();
  void ask(2);
  const now = performance.now();
  vi.spyOn(performance, 'now').mockReturnValue(now + BUDGET_MS - 1);
  await vi.advanceTimersByTimeAsync(PACE_MS);
  expect(sent).toEqual([[1], [2]]);
});
