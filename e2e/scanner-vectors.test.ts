import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { scannerStreams } from '../vectors/make-scanner-streams.ts';

test('the streams of scanners are those that their program makes', () => {
  expect(readFileSync(new URL('../vectors/scanner-streams.json', import.meta.url), 'utf8')).toBe(scannerStreams());
});
