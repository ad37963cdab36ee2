import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work that takes long, done one piece after another in the order of arrival, so that everybody else has their turn. */
export type PartByPart = {
  /** Does the steps with a turn of the event loop between two of them; what they return or throw comes back. */
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
      // Whatever came of it is not kept for the next one.
      last = done.then(
        () => {},
        () => {},
      );
      return done;
    },
  };
}
