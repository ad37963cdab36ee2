import { setImmediate as nextIteration } from 'node:timers/promises';

/** The event loop waits no longer than this, and one step, for all work that is done in turns. */
const SLICE_MS = 2;

let sliceAt = performance.now();
let lastTurn: Promise<void> = Promise.resolve();

/** One slice for each iteration of the event loop: forty reports must not hold up a claim forty times as long. */
function nextTurn(): Promise<void> {
  lastTurn = lastTurn.then(async () => {
    await nextIteration();
    sliceAt = performance.now();
  });
  return lastTurn;
}

/** To be awaited between two steps of long work: lets everybody else have their turn once the slice of time is spent. */
export function turn(): Promise<void> | undefined {
  const spentMs = performance.now() - sliceAt;
  // Less than nothing where a test has changed the clock.
  return spentMs > SLICE_MS || spentMs < 0 ? nextTurn() : undefined;
}

/** Does the steps of a generator in such turns; what they return or throw comes back. */
export async function inTurns<T>(steps: Generator<void, T, void>): Promise<T> {
  for (;;) {
    const othersHaveHadTheirs = turn();
    // Awaiting nothing would still cost each step a promise.
    if (othersHaveHadTheirs !== undefined) await othersHaveHadTheirs;
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
