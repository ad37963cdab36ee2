import { parseCinemaCode } from '@ticket-check/protocol';
import { expect, test } from 'vitest';
import { parseCinemaCodes } from './cinema-codes.ts';

test('a list of cinemas is read with blanks around its commas, and a wrong code is named', () => {
  expect(parseCinemaCodes('11062601, 31011201')).toEqual(['11062601', '31011201'].map(parseCinemaCode));
  expect(() => parseCinemaCodes('11062601,310')).toThrow(/"310" is no cinema code/);
});
