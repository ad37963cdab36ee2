import type { RecordId } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, it } from 'vitest';
import { createRecordStore, type RecordStore } from '../store/record-store.ts';
import type { OwnStore } from '../tables/tables.ts';
import { openStore } from '../testing/open-records.ts';
import { makeRecord, storedRecord } from '../testing/records.ts';
import { createDerivedIds } from './keep.ts';

describeEachEngine('what is written in the transaction of new entries', (engine) => {
  let store: OwnStore;
  let records: RecordStore;
  let calls: RecordId[][];
  let failing: boolean;

  beforeEach(async () => {
    store = await openStore(engine);
    calls = [];
    failing = false;
    records = createRecordStore(store, {
      async inSameTransaction(trx, newRecords) {
        // Only this transaction sees the records already.
        const { n } = await trx
          .selectFrom('checkRecord')
          .select((eb) => eb.fn.countAll<number>().as('n'))
          .executeTakeFirstOrThrow();
        expect(n).toBeGreaterThanOrEqual(newRecords.length);
        calls.push(newRecords.map(({ recordId }) => recordId));
        if (failing) throw new Error('no room');
        return [];
      },
    });
  });

  it('receives new records once, and not known or quarantined ones', async () => {
    const [first, second] = [makeRecord(1), makeRecord(2)];
    await records.keep([first], { forward: true });
    await records.keep([first, second, makeRecord(3, { quarantine: 'CODE_NOT_GENUINE' })], { forward: true });
    await records.keep([first, second], { forward: false });
    expect(calls).toEqual([[first.recordId], [second.recordId]]);
  });

  it('receives records that leave quarantine', async () => {
    const aside = makeRecord(1, { quarantine: 'CODE_NOT_GENUINE' });
    await records.keep([aside], { forward: true });
    expect(calls).toEqual([]);
    await records.settle([{ ...aside, quarantine: null }], { forward: true });
    await records.settle([{ ...aside, quarantine: null }], { forward: true });
    expect(calls).toEqual([[aside.recordId]]);
  });

  it('takes the records with it where it fails', async () => {
    failing = true;
    const record = makeRecord(1);
    await expect(records.keep([record], { forward: true })).rejects.toThrow('no room');
    await expect(store.transaction((trx) => records.keep([makeRecord(2)], { forward: true }, trx))).rejects.toThrow(
      'no room',
    );
    expect(await storedRecord(store, record.recordId)).toBeUndefined();
    expect(await records.summary()).toMatchObject({ waiting: 0 });
  });
});

describeEachEngine('the id of a record that came without one', (engine) => {
  it('is the same through the same account, also after a restart, and another one elsewhere', async () => {
    const url = await engine.url();
    const open = () => openStore(engine, url);
    const { recordId: _, ...record } = makeRecord(1);
    const [store, other] = [createDerivedIds(await open()), createDerivedIds(await openStore(engine))];
    const [id] = await store.deriveIds([record], 'door-1');
    expect(await createDerivedIds(await open()).deriveIds([record], 'door-1')).toEqual([id]);
    for (const [ids, account] of [
      [store, 'door-2'],
      [other, 'door-1'],
    ] as const) {
      expect(await ids.deriveIds([record], account)).not.toEqual([id]);
    }
  });
});
