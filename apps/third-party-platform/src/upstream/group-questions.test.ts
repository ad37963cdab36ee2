import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { groupQuestions } from './group-questions.ts';

const BUDGET_MS = 600;
const PACE_MS = 25;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A line that notes what goes out together, with the time that is left for it, and answers each call when told. */
function controlled(limits: { max?: number; maxUnderWay?: number; maxWaiting?: number } = {}) {
  const sent: number[][] = [];
  const timeouts: number[] = [];
  const calls: PromiseWithResolvers<void>[] = [];
  const ask = groupQuestions<number, number>({
    async send(questions, timeoutMs) {
      sent.push([...questions]);
      timeouts.push(timeoutMs);
      const call = Promise.withResolvers<void>();
      calls.push(call);
      await call.promise;
      return questions.map((question) => question * 10);
    },
    budgetMs: BUDGET_MS,
    paceMs: PACE_MS,
    max: 3,
    maxUnderWay: 2,
    maxWaiting: 10,
    ...limits,
  });
  return { ask, sent, timeouts, calls };
}

test('a lone question goes at once', async () => {
  const { ask, sent, timeouts, calls } = controlled();
  const answer = ask(1);
  expect(sent).toEqual([[1]]);
  expect(timeouts).toEqual([BUDGET_MS]);
  calls[0]?.resolve();
  expect(await answer).toBe(10);
});

test('what is asked while a call is under way goes out together once that one is back', async () => {
  const { ask, sent, calls } = controlled();
  const answers = [1, 2, 3].map(ask);
  expect(sent).toEqual([[1]]);
  calls[0]?.resolve();
  expect(await answers[0]).toBe(10);
  await expect.poll(() => sent).toEqual([[1], [2, 3]]);
  calls[1]?.resolve();
  expect(await Promise.all(answers)).toEqual([10, 20, 30]);
});

test('a call that stays away holds up the next one for the pace alone', async () => {
  const { ask, sent, calls } = controlled();
  void ask(1);
  const later = [2, 3].map(ask);
  await vi.advanceTimersByTimeAsync(PACE_MS - 1);
  expect(sent).toEqual([[1]]);
  await vi.advanceTimersByTimeAsync(1);
  expect(sent).toEqual([[1], [2, 3]]);
  calls[1]?.resolve();
  expect(await Promise.all(later)).toEqual([20, 30]);
  void ask(4);
  expect(sent.at(-1)).toEqual([4]);
});

test('a full call waits for no other', () => {
  const { ask, sent } = controlled();
  for (const question of [1, 2, 3, 4]) void ask(question);
  expect(sent).toEqual([[1], [2, 3, 4]]);
});

test('no more calls are under way than may be, and no more questions in one', async () => {
  const { ask, sent, calls } = controlled();
  for (let question = 1; question <= 9; question += 1) void ask(question);
  await vi.advanceTimersByTimeAsync(10 * PACE_MS);
  expect(sent).toEqual([[1], [2, 3, 4]]);
  calls[0]?.resolve();
  await expect.poll(() => sent).toEqual([[1], [2, 3, 4], [5, 6, 7]]);
  calls[1]?.resolve();
  await expect.poll(() => sent.at(-1)).toEqual([8, 9]);
});

test('a call has as long as the question that came last, and what nobody waits for any more is not asked', async () => {
  const { ask, sent, timeouts, calls } = controlled({ maxUnderWay: 1 });
  const first = ask(1);
  const tooLate = expect(ask(2)).rejects.toMatchObject({ code: 'OVERLOADED' });
  await vi.advanceTimersByTimeAsync(100);
  const third = ask(3);
  await vi.advanceTimersByTimeAsync(100);
  const fourth = ask(4);
  await vi.advanceTimersByTimeAsync(BUDGET_MS - 200);
  calls[0]?.resolve();
  await first;
  await tooLate;
  await expect.poll(() => sent).toEqual([[1], [3, 4]]);
  expect(timeouts).toEqual([BUDGET_MS, 200]);
  calls[1]?.resolve();
  expect(await Promise.all([third, fourth])).toEqual([30, 40]);
});

test('a call that fails fails its own questions and no others', async () => {
  const { ask, sent, calls } = controlled();
  const [first, second] = [ask(1), ask(2)];
  calls[0]?.reject(new Error('no'));
  await expect(first).rejects.toThrow('no');
  await expect.poll(() => sent).toEqual([[1], [2]]);
  calls[1]?.resolve();
  expect(await second).toBe(20);
});

test('so many questions may wait, and those whose time is over are not counted', async () => {
  const { ask } = controlled({ maxUnderWay: 1, maxWaiting: 2 });
  void ask(1);
  const waiting = [ask(2), ask(3)].map((answer) => expect(answer).rejects.toMatchObject({ code: 'OVERLOADED' }));
  await expect(ask(4)).rejects.toMatchObject({ code: 'OVERLOADED', message: /questions wait/ });
  await vi.advanceTimersByTimeAsync(BUDGET_MS);
  void ask(5);
  await Promise.all(waiting);
});
