import { addSeconds, parseWallClock } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { describe, expect, it } from 'vitest';
import { createRecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { makeRecord } from '../testing/records.ts';
import { isLate, PLATFORM_DEADLINE, TERMINAL_DEADLINE } from './deadline.ts';

const NOW = parseWallClock('2026-11-24T21:00:00');
const ago = (seconds: number) => addSeconds(NOW, -seconds);

describe('a deadline', () => {
  it.each([
    ['a terminal: in time to the second', TERMINAL_DEADLINE, 600, 600, false],
    ['a terminal: a second later', TERMINAL_DEADLINE, 601, 601, true],
    ['a terminal: whenever the session begins', TERMINAL_DEADLINE, 601, -3600, true],
    ['a platform: an hour after the check', PLATFORM_DEADLINE, 3600, 7200, false],
    ['a platform: a second later', PLATFORM_DEADLINE, 3601, 7200, true],
    ['a platform: an hour after a start that is later than the check', PLATFORM_DEADLINE, 7200, 3600, false],
    ['a platform: a second after that', PLATFORM_DEADLINE, 7200, 3601, true],
  ])('of %s', (_name, deadline, checked, started, late) => {
    expect(isLate({ checkTime: ago(checked), startTime: ago(started) }, deadline, NOW)).toBe(late);
  });
});

describeEachEngine('records past their deadline', (engine) => {
  it('are counted as long as upstream has not confirmed them, parked ones too, and after a resend', async () => {
    const records = createRecordStore(await engine.open<CheckRecordTables>(checkRecordMigrations));
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
