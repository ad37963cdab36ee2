/** How long each of a number of runs takes, in milliseconds. */
export async function timed(times: number, run: () => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const startedAt = performance.now();
    await run();
    taken.push(performance.now() - startedAt);
  }
  return taken;
}
