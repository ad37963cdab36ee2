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
