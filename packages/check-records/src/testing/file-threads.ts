import type { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';

/**
 * The threads that make files (`fileOf`), from now until the test ends, as they start.
 *
 * @param started called for each
 */
export function fileThreads(started: (thread: Worker) => void = () => {}): readonly Worker[] {
  const threads: Worker[] = [];
  function noteThread(thread: Worker): void {
    // Others of the process may start some too.
    if (thread.threadName !== 'file') return;
    threads.push(thread);
    started(thread);
  }
  process.on('worker', noteThread);
  onTestFinished(() => void process.off('worker', noteThread));
  return threads;
}
