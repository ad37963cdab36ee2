import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { makeRecord } from '../testing/records.ts';
import { createDerivedIds } from './derived-ids.ts';

describeEachEngine('the id of a record that came without one', (engine) => {
  it('is the same through the same account, also after a restart, and another one elsewhere', async () => {
    const url = await engine.url();
    const open = () => engine.open<CheckRecordTables>(checkRecordMigrations, url);
    const { recordId: _, ...record } = makeRecord(1);
    const [store, other] = [
      createDerivedIds(await open()),
      createDerivedIds(await engine.open<CheckRecordTables>(checkRecordMigrations)),
    ];
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
