import { setTimeout as delay } from 'node:timers/promises';

/**
 * Bounds the cost of an answer that anyone may request: `compute` starts at most once in `gapMs` and never overlaps itself.
 * An answer is never older than its request: requests within the gap share the next run.
 */
export function atMostEvery<T>(gapMs: number, compute: () => Promise<T>): () => Promise<T> {
  let last: Promise<T> | undefined;
  let startedAt = Number.NEGATIVE_INFINITY;
  let next: Promise<T> | undefined;

  async function run(): Promise<T> {
    await last?.catch(() => {});
    await delay(Math.max(0, startedAt + gapMs - performance.now()));
    startedAt = performance.now();
    last = next;
    next = undefined;
    return compute();
  }

  return () => (next ??= run());
}
