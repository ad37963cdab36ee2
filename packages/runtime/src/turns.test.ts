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
  function* work() {
    const until = performance.now() + 60;
    let steps = 0;
    for (; performance.now() < until; steps += 1) yield;
    return steps;
  }
  expect(await inTurns(work())).toBeGreaterThan(0);
  ended = true;
  expect(turns).toBeGreaterThan(3);
});

test('what a step throws comes back', async () => {
  function* failing(): Generator<void, never, void> {
    yield;
    throw new Error('the second step');
  }
  await expect(inTurns(failing())).rejects.toThrow('the second step');
});
