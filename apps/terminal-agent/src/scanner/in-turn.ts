/** Handles items one at a time, in order; further ones wait. */
export type InTurn<T> = {
  add(item: T): void;
  /** How many wait, without the one in progress. */
  waiting(): number;
  /** Drops waiting items; returns how many. */
  discard(): number;
  /** Resolves when nothing waits and nothing is in progress. */
  idle(): Promise<void>;
};

/** @param handle must not reject */
export function createInTurn<T>(handle: (item: T) => Promise<void>, onHandled: () => void): InTurn<T> {
  const items: T[] = [];
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    for (let item = items.shift(); item !== undefined; item = items.shift()) {
      await handle(item);
      onHandled();
    }
    running = null;
  }

  return {
    add(item) {
      items.push(item);
      running ??= run();
    },
    waiting: () => items.length,
    discard: () => items.splice(0).length,
    idle: () => running ?? Promise.resolve(),
  };
}
