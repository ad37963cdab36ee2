import { expect, test } from 'vitest';
import { expensiveMs, FEW_ROWS } from './expensive.ts';

test('many rows are shared for a hundred times as long as they took, at most five minutes, few are not', () => {
  expect(expensiveMs({ rows: FEW_ROWS }, 50)).toBe(0);
  expect(expensiveMs({ rows: FEW_ROWS + 1 }, 50)).toBe(5000);
  expect(expensiveMs({ rows: FEW_ROWS + 1 }, 60_000)).toBe(300_000);
});
