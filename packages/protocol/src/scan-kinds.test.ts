import { expect, it } from 'vitest';
import { countKinds, scanKindOf } from './scan-kinds.ts';
import { VERDICTS } from './verdicts.ts';

it('has a kind of its own for every verdict but those of later versions', () => {
  for (const verdict of Object.keys(VERDICTS)) expect(scanKindOf(verdict), verdict).not.toBe('other');
  expect(scanKindOf('A_LATER_VERDICT')).toBe('other');
  expect(scanKindOf('toString')).toBe('other');
});

it('adds up the verdicts of a kind, in the order in which kinds are shown', () => {
  const scans = [
    ['NOT_SOLD', 1],
    ['A_LATER_VERDICT', 2],
    ['REFUNDED', 3],
    ['ADMIT', 5],
  ] as const;
  expect([...countKinds(scans)]).toEqual([
    ['admitted', 5],
    ['invalid', 4],
    ['other', 2],
  ]);
});
