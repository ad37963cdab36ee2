import { addSeconds, parseWallClock } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { sql } from 'kysely';
import { expect, it, test } from 'vitest';
import { createRecordStore } from '../store/record-store.ts';
import { openRecords, openStore } from '../testing/open-records.ts';
import { makeRecord } from '../testing/records.ts';
import { expensiveMs, FEW_ROWS, isLate, PLATFORM_DEADLINE, TERMINAL_DEADLINE } from './summary.ts';

const NOW = parseWallClock('2026-11-24T21:00:00');
const ago = (seconds: number) => addSeconds(NOW, -seconds);

it.each([
  ['a terminal: in time to the second', TERMINAL_DEADLINE, 600, 600, false],
  ['a terminal: a second later', TERMINAL_DEADLINE, 601, 601, true],
  ['a terminal: whenever the session begins', TERMINAL_DEADLINE, 601, -3600, true],
  ['a platform: an hour after the check', PLATFORM_DEADLINE, 3600, 7200, false],
  ['a platform: a second later', PLATFORM_DEADLINE, 3601, 7200, true],
  ['a platform: an hour after a start that is later than the check', PLATFORM_DEADLINE, 7200, 3600, false],
  ['a platform: a second after that', PLATFORM_DEADLINE, 7200, 3601, true],
])('a deadline of %s', (_name, deadline, checked, started, late) => {
  expect(isLate({ checkTime: ago(checked), startTime: ago(started) }, deadline, NOW)).toBe(late);
});

describeEachEngine('records past their deadline', (engine) => {
  it('are counted as long as upstream has not confirmed them, parked ones too, and after a resend', async () => {
    const { records } = await openRecords(engine);
    const moments = [-3600, 0, 599, 600, 601, 3599, 3600, 3601, 9000];
    const batch = moments.flatMap((checked, n) =>
      moments.map((started, m) => makeRecord(10 * n + m, { checkTime: ago(checked), startTime: ago(started) })),
    );
    await records.keep(batch, { forward: true });
    const overdue = async (deadline: typeof TERMINAL_DEADLINE) =>
      (await records.summary({ deadline, at: NOW })).overdue;
    for (const deadline of [TERMINAL_DEADLINE, PLATFORM_DEADLINE]) {
      expect(await overdue(deadline)).toBe(batch.filter((record) => isLate(record, deadline, NOW)).length);
    }
    expect(await records.summary()).toMatchObject({ waiting: 81, overdue: 0 });

    const waiting = (await records.outbox.oldest(batch[0]!.cinemaCode, 100)).complete;
    const parked = { ...waiting[0]!, errorCode: 'X', errorMessage: '' };
    await records.outbox.park([parked], NOW, NOW);
    const expected = batch.filter((record) => isLate(record, PLATFORM_DEADLINE, NOW)).length;
    expect(await overdue(PLATFORM_DEADLINE)).toBe(expected);
    await records.outbox.confirm(waiting, NOW);
    expect(await overdue(TERMINAL_DEADLINE)).toBe(0);
    await records.outbox.resendSince(NOW);
    expect(await overdue(PLATFORM_DEADLINE)).toBe(expected);
  });
});

const AT = parseWallClock('2026-11-24T20:00:00');

describeEachEngine('what waits for upstream', (engine) => {
  it('is counted whole, and shows a delivery at once even if the rest is cached because much waits', async () => {
    const store = await openStore(engine);
    const many = FEW_ROWS + 2;
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
    const expected = {
      waiting: many - parked,
      parked,
      overdue: 1,
      overdueWaiting: 1,
      quarantined: 0,
      lastDeliveredAt: null,
      oldestUnsent: '2026-11-24T19:00:00',
    };
    const { summary } = createRecordStore(store);
    const overdueBy = { deadline: TERMINAL_DEADLINE, at: AT };
    expect(await summary(overdueBy)).toEqual(expected);
    const delivery = { deliveredOn: '2026-11-24', cinemaCode: '31012345', oldestCheckTime: AT, lastDeliveredAt: AT };
    await store.db.insertInto('delivery').values(delivery).execute();
    expect(await summary(overdueBy)).toEqual({ ...expected, lastDeliveredAt: AT });
  });
});

test('many rows are shared for a hundred times as long as they took, at most five minutes, few are not', () => {
  expect(expensiveMs({ rows: FEW_ROWS }, 50)).toBe(0);
  expect(expensiveMs({ rows: FEW_ROWS + 1 }, 50)).toBe(5000);
  expect(expensiveMs({ rows: FEW_ROWS + 1 }, 60_000)).toBe(300_000);
});
