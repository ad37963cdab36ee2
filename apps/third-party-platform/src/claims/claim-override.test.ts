import { describeEachEngine } from '@ticket-check/storage/testing';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../migrations.ts';
import type { ClaimOverrideRow } from './claim-tables.ts';

const OVERRIDE: ClaimOverrideRow = {
  startTime: '2026-11-24T20:00:00',
  cinemaCode: '11051601',
  filmTicketCode: '1234567890123456',
  recordId: '019a0000-0000-7000-8000-000000000001',
  account: 'terminal-1',
  operator: 'supervisor',
  reason: 'terminal-1 burnt down',
  overriddenAt: '2026-11-24T20:05:00',
  before: '{}',
};

describeEachEngine('what a supervisor did to a claim', (engine) => {
  it('is kept for good: the database refuses to change or delete it', async () => {
    const { db } = await engine.open<ThirdPartyTables>(thirdPartyMigrations);
    const later = { ...OVERRIDE, recordId: '019a0000-0000-7000-8000-000000000002' };
    await db.insertInto('claimOverride').values([OVERRIDE, later]).execute();

    const refused = [
      db.updateTable('claimOverride').set({ reason: 'none' }).where('recordId', '=', OVERRIDE.recordId),
      db.deleteFrom('claimOverride').where('recordId', '=', OVERRIDE.recordId),
      db.deleteFrom('claimOverride'),
    ];
    for (const change of refused)
      await expect(change.execute()).rejects.toThrow('claim_override is only ever added to');
    if (engine.engine === 'postgres') {
      await expect(sql`truncate claim_override`.execute(db)).rejects.toThrow('claim_override is only ever added to');
    }
    expect(await db.selectFrom('claimOverride').selectAll().orderBy('recordId').execute()).toEqual([OVERRIDE, later]);
  });
});
