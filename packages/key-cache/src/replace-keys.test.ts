import type { CinemaKey } from '@ticket-check/protocol';
import { makeUkey } from '@ticket-check/protocol/testing';
import { expect, test } from 'vitest';
import { replaceKeys } from './replace-keys.ts';

const first = makeUkey('2026-01-01T00:00:00').key;
const second = makeUkey('2026-06-01T00:00:00').key;
const holding = (current: CinemaKey[], ever = current) => ({ current, ever });

test('a shorter set replaces the old one and raises an alarm', () => {
  const result = replaceKeys(holding([second, first]), { keys: [second], unusable: [], beyondLimit: 0 });
  expect(result).toMatchObject({ kind: 'replace', keys: [second] });
  expect(result.alarm).toContain('1 usable keys, the one before 2');
});

test('a key that is listed twice counts once, and with another start time twice', () => {
  const again = { ...first, startTime: second.startTime };
  const result = replaceKeys(holding([]), { keys: [first, { ...first }, again], unusable: [], beyondLimit: 0 });
  expect(result).toMatchObject({ keys: [first, again] });
});

test('a reply with more keys than a cinema may have raises an alarm', () => {
  const result = replaceKeys(holding([]), { keys: [first], unusable: [], beyondLimit: 3 });
  expect(result).toMatchObject({
    kind: 'replace',
    alarm: expect.stringContaining('the 3 with the earliest StartTime'),
  });
});
