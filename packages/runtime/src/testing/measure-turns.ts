const STEP_MS = 10;

/**
 * How long something took by the turns that this process was given: one of 10 ms each time that a timer of 10 ms went off, however late.
 * A machine that is busy gives fewer turns, so that a bound on them holds there too, where one on the clock would measure the
 * machine. What waits for a timer takes its whole time on a quiet one.
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
