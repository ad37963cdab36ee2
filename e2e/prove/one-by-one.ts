/** Does one thing after the other until it is stopped, or nothing is left; `stop` resolves when the last is done. */
export function oneByOne<T>(all: Iterable<T>, act: (one: T) => Promise<unknown>): { stop(): Promise<void> } {
  let stopped = false;
  async function run(): Promise<void> {
    for (const one of all) {
      if (stopped) return;
      await act(one);
    }
  }
  const running = run();
  return {
    stop: () => {
      stopped = true;
      return running;
    },
  };
}

/** Something to do again and again. */
export function* forever(): Generator<void> {
  for (;;) yield;
}
