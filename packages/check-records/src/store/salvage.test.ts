import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseWallClock } from '@ticket-check/protocol';
import { openStore, salvageRows, sqliteUrl } from '@ticket-check/storage';
import { DAMAGES, type Damage, describeSqlite } from '@ticket-check/storage/testing';
import { beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { checkRecordMigrations } from '../tables/migrations.ts';
import { type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import { reversalRowOf } from '../tables/reversal-rows.ts';
import type { CheckRecordTables, OwnStore } from '../tables/tables.ts';
import { INCOMPLETE, makeRecord, makeRecords, undoing } from '../testing/records.ts';
import { createReversals } from '../undo/reversals.ts';
import { createRecordStore, type RecordStore } from './record-store.ts';
import { type KeepSalvaged, salvagedRecords, salvagedReversals, salvageRecords } from './salvage.ts';

// @module-tag slow

const KEY = '0f'.repeat(32);
const SENT = parseWallClock('2026-11-24T19:59:58');
const ACCEPTED = parseWallClock('2026-11-24T20:00:00');

const openFile = (path: string) =>
  openStore<CheckRecordTables>({ url: sqliteUrl(path), encryptionKey: KEY, migrations: checkRecordMigrations });

/** A file with these records, some of them delivered, as a store leaves it. */
async function writeFile(records: readonly ReceivedRecord[], path: string): Promise<void> {
  const store = await openFile(path);
  const recordStore = createRecordStore(store);
  await recordStore.keep(records, { forward: true });
  const waiting = (await recordStore.outbox.oldest(records[0]?.cinemaCode ?? ('' as never), 300)).complete;
  await recordStore.outbox.confirm(waiting, ACCEPTED, SENT);
  await store.close();
}

describeSqlite('salvage', (engine) => {
  const directory = mkdtempSync(join(tmpdir(), 'ticket-check-salvage-'));
  const path = join(directory, 'store.db');
  const records = [
    ...makeRecords(1000),
    makeRecord(1001, INCOMPLETE),
    makeRecord(1002, { quarantine: 'CODE_NOT_GENUINE' }),
    makeRecord(1003, {
      differences: ['ScreenCode', 'Price'],
      account: '',
      gate: '3号门',
      overriddenVerdict: 'REFUNDED',
    }),
  ];
  let store: OwnStore;
  let recordStore: RecordStore;
  const keep: KeepSalvaged = {
    records: (batch) => recordStore.keep(batch, { forward: true }),
    reversals: async () => 0,
  };

  beforeAll(async () => {
    await writeFile(records, path);
    return () => rmSync(directory, { recursive: true, force: true });
  });

  beforeEach(async () => {
    store = await engine.open<CheckRecordTables>(checkRecordMigrations);
    recordStore = createRecordStore(store);
  });

  it('finds every record of a file as it was, and nothing else', () => {
    const found = [...salvagedRecords(salvageRows(path, KEY))];
    const byId = (a: ReceivedRecord, b: ReceivedRecord) => (a.recordId < b.recordId ? -1 : 1);
    expect(found.toSorted(byId)).toEqual(records.toSorted(byId));
  });

  it('queues what is new here, once, and keeps quarantined records quarantined', async () => {
    await recordStore.keep(records.slice(0, 10), { forward: false });
    expect(await salvageRecords(salvageRows(path, KEY), keep)).toMatchObject({ found: 1003, kept: 993 });
    expect(await recordStore.summary()).toMatchObject({ waiting: 992, quarantined: 1 });
    expect(await salvageRecords(salvageRows(path, KEY), keep)).toMatchObject({ found: 1003, kept: 0 });
    expect(await recordStore.summary()).toMatchObject({ waiting: 992 });
  });

  it.each(Object.keys(DAMAGES) as Damage[])('keeps what can be read, after: %s', async (damage) => {
    const damaged = join(directory, 'damaged.db');
    await writeFile(records, damaged);
    DAMAGES[damage](damaged);
    const { found, kept } = await salvageRecords(salvageRows(damaged, KEY), keep);
    rmSync(damaged);
    expect(found).toBeGreaterThan(300);
    expect(kept).toBe(found);
    const genuine = new Map(records.map((record) => [record.recordId, record]));
    const rows = await store.db.selectFrom('checkRecord').selectAll().execute();
    for (const row of rows) expect(recordOf(row)).toEqual(genuine.get(row.recordId as ReceivedRecord['recordId']));
  });
});

describeSqlite('salvage of compensating records', (engine) => {
  const at = '2026-11-24T20:00:00' as ReceivedRecord['checkTime'];

  it('finds each as it was, beside its record, and has it sent again, once', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'ticket-check-salvage-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const path = join(directory, 'undone.db');
    const records = [makeRecord(1, { account: 'terminal-1' }), makeRecord(2), makeRecord(3)];
    const given = records.slice(0, 2).map((record) => undoing(record, { reversedAt: at, receivedAt: at }));
    await writeFile(records, path);
    const file = await openFile(path);
    const [first] = given;
    if (first === undefined) throw new Error('nothing was undone');
    await createReversals(file).keep(given, { maxOfTicket: 16, forward: true });
    // One that was sent, and one that was refused.
    await createReversals(file).noteOutcome([{ reversal: first, revision: 0 }], { at });
    await file.db.updateTable('reversal').set({ errorCode: 'X' }).where('deliveredAt', 'is', null).execute();
    await file.close();

    const byId = (a: { recordId: string }, b: { recordId: string }) => (a.recordId < b.recordId ? -1 : 1);
    expect([...salvagedReversals(salvageRows(path, KEY))].toSorted(byId)).toEqual(given.map(reversalRowOf));
    expect([...salvagedRecords(salvageRows(path, KEY))]).toHaveLength(records.length);

    const store = await engine.open<CheckRecordTables>(checkRecordMigrations);
    const reversals = createReversals(store);
    const salvage = () =>
      salvageRecords(salvageRows(path, KEY), {
        records: (batch) => createRecordStore(store).keep(batch, { forward: true }),
        reversals: (batch) => reversals.takeBack(batch),
      });
    expect(await salvage()).toEqual({ found: 3, kept: 3, reversals: { found: 2, kept: 2 } });
    const waiting = await reversals.waiting(10, '');
    expect(waiting.map(({ reversal }) => reversal.recordId)).toEqual(given.map(({ recordId }) => recordId));
    await reversals.noteOutcome(waiting, { at });
    expect(await salvage()).toEqual({ found: 3, kept: 0, reversals: { found: 2, kept: 0 } });
    expect(await reversals.countWaiting()).toBe(0);
  });
});
