import { setImmediate as nextTurn } from 'node:timers/promises';

/** The event loop waits no longer than this, and one step, for work that is done in turns. */
const SLICE_MS = 5;

/** Makes a function to be awaited between two steps: it lets everybody else have their turn where one slice of time is spent. */
export function createTurns(): () => Promise<void> | undefined {
  let sliceAt = performance.now();
  async function letOthers(): Promise<void> {
    await nextTurn();
    sliceAt = performance.now();
  }
  return () => (performance.now() - sliceAt > SLICE_MS ? letOthers() : undefined);
}

/** Does the steps of a generator in such turns; what they return or throw comes back. */
export async function inTurns<T>(steps: Generator<void, T, void>): Promise<T> {
  const turn = createTurns();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    const othersHaveHadTheirs = turn();
    // Awaiting nothing would still cost each step a promise.
    if (othersHaveHadTheirs !== undefined) await othersHaveHadTheirs;
  }
}
