import { describeEachEngine } from '@ticket-check/storage/testing';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../migrations.ts';

const TAKEN_OVER = '2026-11-26-overrides-are-operations';

describeEachEngine('what supervisors of an earlier version did to claims', (engine) => {
  it('stands among the operations', async () => {
    const url = await engine.url();
    const { [TAKEN_OVER]: _, ...earlier } = thirdPartyMigrations;
    const before = await engine.open<unknown>(earlier, url);
    await sql`
      insert into claim_override values ('2026-11-24T20:00:00', '11051601', '1234567890123456', '019a', 'terminal-1',
        'supervisor', 'burnt down', '2026-11-24T20:05:00', '{"gate":"gate-1"}')
    `.execute(before.db);
    const { db } = await engine.open<ThirdPartyTables>(thirdPartyMigrations, url);
    const [operation, ...others] = await db.selectFrom('operation').selectAll().execute();
    expect(others).toEqual([]);
    expect(operation).toMatchObject({
      name: 'claims release',
      actor: 'supervisor',
      beganAt: '2026-11-24T20:05:00',
      endedAt: '2026-11-24T20:05:00',
    });
    expect(JSON.parse(operation?.what ?? '')).toMatchObject({
      reason: 'burnt down',
      released: [{ filmTicketCode: '1234567890123456', recordId: '019a', account: 'terminal-1', gate: 'gate-1' }],
    });
  });
});
