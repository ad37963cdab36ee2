const STEP_MS = 10;

/**
 * Measures a duration by the turns that this process got: 10 ms for each time that a timer of 10 ms fired, however late. A busy machine
 * gives fewer turns, so a bound on them holds there too, while one on the clock would measure the machine. Waiting for a timer still
 * takes its whole time on a quiet one.
 */
export async function measureTurns<T>(work: () => Promise<T>): Promise<{ result: T; turnsMs: number }> {
  let turns = 0;
  let timer = setTimeout(turn, STEP_MS);
  function turn(): void {
    turns += 1;
    timer = setTimeout(turn, STEP_MS);
  }
  try {
    const result = await work();
    return { result, turnsMs: turns * STEP_MS };
  } finally {
    clearTimeout(timer);
  }
}

/** How often the event loop came round while something was done that waits for nothing. */
export async function turnsDuring(act: (turns: () => number) => Promise<unknown>): Promise<number> {
  let turns = 0;
  let ended = false;
  function count(): void {
    if (ended) return;
    turns += 1;
    setImmediate(count);
  }
  setImmediate(count);
  await act(() => turns);
  ended = true;
  return turns;
}
