import { parseWallClock } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createRecordStore } from '../store/record-store.ts';
import { FEW_ROWS } from '../tables/expensive.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { TERMINAL_DEADLINE } from './deadline.ts';
import { ROWS_A_PAGE } from './summary.ts';

const AT = parseWallClock('2026-11-24T20:00:00');

describeEachEngine('what waits for upstream', (engine) => {
  it('is counted whole where it is looked through in pages', async () => {
    const store = await engine.open<CheckRecordTables>(checkRecordMigrations);
    const many = 2 * ROWS_A_PAGE + 1;
    // Every third is parked, every second under the RecordId of its neighbour, and the last of all is the oldest.
    await sql`
      with recursive row (i) as (select 1 union all select i + 1 from row where i < ${sql.lit(many)})
      insert into outbox (record_id, identity, cinema_code, check_time, start_time, incomplete, revision, attempts, parked_at)
      select 'record ' || (1000000 + i / 2), 'identity ' || (1000000 + i), '31012345',
        case when i = ${sql.lit(many)} then '2026-11-24T19:00:00' else '2026-11-24T19:55:00' end,
        '2026-11-24T19:30:00', 0, 0, 0, case when i % 3 = 0 then '2026-11-24T19:56:00' end
      from row
    `.execute(store.db);
    const parked = Math.floor(many / 3);
    expect(await createRecordStore(store).summary({ deadline: TERMINAL_DEADLINE, at: AT })).toEqual({
      waiting: many - parked,
      parked,
      overdue: 1,
      quarantined: 0,
      oldestWaiting: '2026-11-24T19:00:00',
      oldestParked: '2026-11-24T19:56:00',
      oldestQuarantined: null,
      lastDeliveredAt: null,
      oldestUnsent: '2026-11-24T19:00:00',
    });
  });

  it('shows a delivery at once, even if the rest is cached because much waits', async () => {
    const store = await engine.open<CheckRecordTables>(checkRecordMigrations);
    await sql`
      with recursive row (i) as (select 1 union all select i + 1 from row where i <= ${sql.lit(FEW_ROWS)})
      insert into outbox (record_id, identity, cinema_code, check_time, start_time, incomplete, revision, attempts)
      select 'record ' || (1000000 + i), '', '31012345', '2026-11-24T19:00:00', '2026-11-24T19:30:00', 0, 0, 0
      from row
    `.execute(store.db);
    const { summary } = createRecordStore(store);
    expect(await summary()).toMatchObject({ waiting: FEW_ROWS + 1, lastDeliveredAt: null });
    const delivery = { deliveredOn: '2026-11-24', cinemaCode: '31012345', oldestCheckTime: AT, lastDeliveredAt: AT };
    await store.db.insertInto('delivery').values(delivery).execute();
    expect(await summary()).toMatchObject({ waiting: FEW_ROWS + 1, lastDeliveredAt: AT });
  });
});
