import { setImmediate as nextTurn } from 'node:timers/promises';

/** A queue of long computations: one at a time, in order of arrival, yielding to the event loop between their steps. */
export type PartByPart = {
  /** Runs the steps with a turn of the event loop between two of them; resolves or rejects with their result. */
  run<T>(steps: Generator<void, T, void>): Promise<T>;
};

export function createPartByPart(): PartByPart {
  let last: Promise<unknown> = Promise.resolve();

  async function work<T>(steps: Generator<void, T, void>): Promise<T> {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      await nextTurn();
    }
  }

  return {
    run<T>(steps: Generator<void, T, void>): Promise<T> {
      const done = last.then(() => work(steps));
      // The queue must not keep the result, up to 4 MB, until the next computation.
      last = done.then(
        () => {},
        () => {},
      );
      return done;
    },
  };
}
