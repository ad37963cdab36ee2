import { parseWallClock } from '@ticket-check/protocol';
import { renewGeneration, type Store } from '@ticket-check/storage';
import type { Insertable } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import type { TerminalTables } from '../migrations.ts';
import { openTestStore } from '../testing/test-store.ts';
import { forgetScanCounts, loadScanSteps } from './scan-counts.ts';
import { SALVAGED, type ScanTables } from './scan-tables.ts';

const DAY = { from: parseWallClock('2026-11-24T06:00:00'), until: parseWallClock('2026-11-25T06:00:00') };

let store: Store<TerminalTables>;
let made = 0;
beforeEach(async () => {
  store = await openTestStore();
});

async function keep(scan: Partial<Insertable<ScanTables['scan']>>): Promise<string> {
  made += 1;
  const recordId = `019ac1f0-0000-7000-8000-${String(made).padStart(12, '0')}`;
  await store.db
    .insertInto('scan')
    .values({ recordId, textHash: '', gate: 'gate-1', scannedAt: '2026-11-24T19:50:00', ...scan })
    .execute();
  return recordId;
}
const steps = () => loadScanSteps(store, DAY);

test('scans are counted once when they are decided, by the ten minutes of their time, whatever becomes of them later', async () => {
  await keep({ verdict: 'ADMIT', scannedAt: '2026-11-24T19:59:59' });
  await keep({ verdict: 'UNREADABLE' });
  const intent = await keep({});
  expect(await steps()).toEqual([{ at: '2026-11-24T19:50:00', counts: { ADMIT: 1, UNREADABLE: 1 } }]);
  await store.db.updateTable('scan').set({ verdict: 'ADMIT' }).where('recordId', '=', intent).execute();
  await store.db.updateTable('scan').set({ openedAt: '2026-11-24T20:00:00', verdict: 'ADMIT' }).execute();
  await keep({ verdict: 'ADMIT', scannedAt: '2026-11-24T20:00:00' });
  // Of a damaged store, which counted it itself.
  await keep({ verdict: 'ADMIT', detail: SALVAGED });
  await store.db.deleteFrom('scan').execute();
  expect(await steps()).toEqual([
    { at: '2026-11-24T19:50:00', counts: { ADMIT: 2, UNREADABLE: 1 } },
    { at: '2026-11-24T20:00:00', counts: { ADMIT: 1 } },
  ]);
});

test('counts of other days are not told, and deleted', async () => {
  await keep({ verdict: 'ADMIT' });
  for (const scannedAt of ['2026-11-24T05:59:59', '2026-11-25T06:00:00', '2031-01-01T10:00:00']) {
    await keep({ verdict: 'ADMIT', scannedAt });
  }
  const told = [{ at: '2026-11-24T19:50:00', counts: { ADMIT: 1 } }];
  expect(await steps()).toEqual(told);
  await forgetScanCounts(store, DAY);
  expect(await store.db.selectFrom('scanCount').selectAll().execute()).toHaveLength(1);
  expect(await steps()).toEqual(told);
});

test('a restored store counts anew: what its backup brings along was told by the one before', async () => {
  await keep({ verdict: 'ADMIT' });
  await renewGeneration(store.db, '2026-11-24T20:00:00');
  await keep({ verdict: 'REFUNDED' });
  await expect.poll(steps).toEqual([{ at: '2026-11-24T19:50:00', counts: { REFUNDED: 1 } }]);
});
