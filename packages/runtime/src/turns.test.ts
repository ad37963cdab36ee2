import { expect, test } from 'vitest';
import { inTurns } from './turns.ts';

test('others have their turn while long work is done in steps', async () => {
  let turns = 0;
  let ended = false;
  function count(): void {
    if (ended) return;
    turns += 1;
    setImmediate(count);
  }
  setImmediate(count);
  // Steps that cost next to nothing, and more of them than any machine does in three slices of time.
  const mostSteps = 20_000_000;
  function* work() {
    let steps = 0;
    for (; turns < 4 && steps < mostSteps; steps += 1) yield;
    return steps;
  }
  const steps = await inTurns(work());
  ended = true;
  expect(steps).toBeLessThan(mostSteps);
  // Others wait for many steps, not for each.
  expect(steps).toBeGreaterThan(turns);
});

test('what a step throws comes back', async () => {
  function* failing(): Generator<void, never, void> {
    yield;
    throw new Error('the second step');
  }
  await expect(inTurns(failing())).rejects.toThrow('the second step');
});
