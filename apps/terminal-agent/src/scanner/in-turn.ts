/** Handles one after the other, in their order; what comes meanwhile waits. */
export type InTurn<T> = {
  add(item: T): void;
  /** How many wait, without the one that is handled. */
  waiting(): number;
  /** Forgets what waits, and answers how many that were. */
  discard(): number;
  /** Resolves when nothing waits and nothing is handled. */
  idle(): Promise<void>;
};

/** @param handle rejects never */
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
