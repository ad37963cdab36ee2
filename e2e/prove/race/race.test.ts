import { expect, test } from 'vitest';
import { runOffline, runOnline } from './race.ts';

const held = { times: 250, lost: 0, doubledUnflagged: 0, failures: [] };

test('of two terminals that are shown one ticket at the same moment, one admits', { timeout: 300_000 }, async () => {
  expect(await runOnline({ seed: 'in tests', size: 250 })).toMatchObject(held);
});

test('of two gates of a terminal that has no line, one admits', { timeout: 300_000 }, async () => {
  expect(await runOffline({ seed: 'in tests', size: 250 })).toMatchObject(held);
});
