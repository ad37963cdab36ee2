import { setImmediate as nextTurn } from 'node:timers/promises';

/** The event loop waits no longer than this, and one row, for the rows of an import. */
const SLICE_MS = 5;

/** Makes a function to be awaited between two rows: it lets everybody else have their turn where one slice of time is spent. */
export function createTurns(): () => Promise<void> | undefined {
  let sliceAt = performance.now();
  async function letOthers(): Promise<void> {
    await nextTurn();
    sliceAt = performance.now();
  }
  return () => (performance.now() - sliceAt > SLICE_MS ? letOthers() : undefined);
}
