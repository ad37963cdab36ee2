// @module-tag service

import { expect, it } from 'vitest';
import { makeCinema } from '../testing/evening.ts';
import { listedScans, metricsOf } from '../testing/test-terminal.ts';
import { discardScans } from './discard-scans.ts';

it('keeps the newest scans of what is no ticket here, each of a genuine ticket, and counts what it deletes', async () => {
  const { terminal, sell } = await makeCinema({ kind: 'claiming' });
  const first = await terminal.start();
  const [admitted, refunded] = [sell(), sell({ refundStatus: 'Yes' })];
  const otherCinema = `99999999${admitted.code.slice(8)}`;
  const genuine = [await first.scan(admitted.code), await first.scan(refunded.code), await first.scan(admitted.code)];
  const old: string[] = [];
  for (let number = 0; number < 150; number += 1) {
    const { RecordId = '' } = await first.scan(number % 2 === 0 ? `https://example.com/${number}` : otherCinema);
    old.push(RecordId);
  }
  await first.close();

  const agent = await terminal.start({ settings: { KEEP_SCANS_WITHOUT_TICKET: '100' } });
  await expect.poll(() => metricsOf(agent, terminal.env.DATA_DIR ?? '')).toContain('scans_discarded 50');
  await agent.close();
  const left = (await listedScans(terminal, 1000)).map(({ RecordId }) => RecordId);
  expect(left).toEqual([...genuine.map(({ RecordId }) => RecordId), ...old.slice(50)]);

  // Deleting in slices, and again.
  const store = await terminal.open();
  const running = new AbortController().signal;
  expect(await discardScans(store, 10, running)).toBe(90);
  expect(await discardScans(store, 10, running)).toBe(0);
});
