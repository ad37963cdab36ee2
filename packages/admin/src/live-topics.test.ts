import { createLogger } from '@ticket-check/runtime';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLiveTopics } from './live-topics.ts';
import type { LiveTopic } from './page.ts';

const LISTS = 60;
/** The duration of a read on a busy database. With this many lists one is always waiting. */
const READING_MS = 300;
const SELDOM_MS = 30_000;

test('a rare topic is read within its interval however many frequent ones there are', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance', 'Date'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const live = createLiveTopics({ logger: createLogger('test', 'silent') });
  const readAt: Record<string, number[]> = { list: [], day: [] };
  const began = performance.now();
  const topicOf = (name: string, everyMs: number): LiveTopic => ({
    name,
    permission: 'records.read',
    everyMs,
    async read() {
      readAt[name]?.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, READING_MS));
      return { at: performance.now() };
    },
  });
  const listener = { write: () => {}, isWelcome: async () => true, end: () => {} };
  const ends = Array.from({ length: LISTS }, (_, n) =>
    live.listen(
      { topic: topicOf('list', 5000), cinemaCodes: 'all', query: new Map([['cinema', `${n}`]]), besides: [] },
      listener,
    ),
  );
  ends.push(
    live.listen({ topic: topicOf('day', SELDOM_MS), cinemaCodes: 'all', query: new Map(), besides: [] }, listener),
  );

  await vi.advanceTimersByTimeAsync(3 * SELDOM_MS);
  for (const end of ends) end();
  await vi.advanceTimersByTimeAsync(READING_MS);

  // Both places were taken all the time, or nothing would have had to wait.
  expect(readAt.list?.length).toBeGreaterThan(((2 * 3 * SELDOM_MS) / READING_MS) * 0.9);
  const [first = Number.POSITIVE_INFINITY, second = Number.POSITIVE_INFINITY] = readAt.day ?? [];
  expect(first).toBeLessThanOrEqual(SELDOM_MS + 5000);
  expect(second - first).toBeLessThanOrEqual(2 * SELDOM_MS + 5000);
  // And it does not hold up frequent topics.
  expect(readAt.day?.length).toBeLessThanOrEqual(3);
});
