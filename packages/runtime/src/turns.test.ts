import { expect, test } from 'vitest';
import { turnsDuring } from './testing/turns.ts';
import { inTurns } from './turns.ts';

test('others have their turn while long work is done in steps', async () => {
  // Steps that cost next to nothing, and more of them than any machine does in three slices of time.
  const maxSteps = 20_000_000;
  let steps = 0;
  const turns = await turnsDuring((soFar) => {
    function* work() {
      for (; soFar() < 4 && steps < maxSteps; steps += 1) yield;
    }
    return inTurns(work());
  });
  expect(steps).toBeLessThan(maxSteps);
  // Others wait for many steps, not for each.
  expect(steps).toBeGreaterThan(turns);
});

test('others have their turn as often where ten do long work at once', async () => {
  const STEPS = 20;
  function* work() {
    for (let step = 0; step < STEPS; step += 1) {
      const endsAt = performance.now() + 0.5;
      while (performance.now() < endsAt);
      yield;
    }
  }
  const turns = await turnsDuring(() => Promise.all(Array.from({ length: 10 }, () => inTurns(work()))));
  // All ten together may take 2 ms, four steps, and one more before it is over.
  expect(turns).toBeGreaterThan((10 * STEPS) / 8);
});
