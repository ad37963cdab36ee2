import { expect, test } from 'vitest';
import { createKeyDemand } from './key-demand.ts';

function demandAt(time: number) {
  const clock = { time };
  return { clock, demand: createKeyDemand(60_000, () => clock.time) };
}

test('the first question of an account is no demand, the next within the time is one', () => {
  const { clock, demand } = demandAt(1_000_000);
  expect(demand.noteAsked('terminal-1', '31012801')).toBe(false);
  clock.time += 59_999;
  expect(demand.noteAsked('terminal-1', '31012801')).toBe(true);
});

test('questions on schedule are no demand', () => {
  const { clock, demand } = demandAt(1_000_000);
  for (let round = 0; round < 5; round += 1) {
    expect(demand.noteAsked('terminal-1', '31012801')).toBe(false);
    clock.time += 60_000;
  }
});

test('other accounts and other cinemas are told apart', () => {
  const { demand } = demandAt(1_000_000);
  demand.noteAsked('terminal-1', '31012801');
  expect(demand.noteAsked('terminal-2', '31012801')).toBe(false);
  expect(demand.noteAsked('terminal-1', '31012802')).toBe(false);
  expect(demand.noteAsked('terminal-1', '31012801')).toBe(true);
});
