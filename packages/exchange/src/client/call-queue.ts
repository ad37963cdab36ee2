import PQueue from 'p-queue';
import { type CallPriority, PRIORITIES } from '../priority.ts';

/** The calls to one peer that wait here for one of a bounded number of places. */
export type CallQueue = {
  /** Makes the call when its turn comes; null, without making it, where that is later than `startBy` (`performance.now()`). */
  run<R>(priority: CallPriority, startBy: number, call: () => Promise<R>): Promise<R | null>;
  /** Resolves when no call waits or is under way. */
  idle(): Promise<void>;
};

export function createCallQueue(maxUnderWay: number): CallQueue {
  const queue = new PQueue({ concurrency: maxUnderWay });
  return {
    run: (priority, startBy, call) =>
      queue.add(async () => (performance.now() > startBy ? null : call()), { priority: PRIORITIES.indexOf(priority) }),
    idle: () => queue.onIdle(),
  };
}
