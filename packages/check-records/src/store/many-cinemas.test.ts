// @module-tag slow
import { parseBusinessDate, parseCinemaCode, parseWallClock } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { countUnsent, PLATFORM_DEADLINE } from '../outbox/summary.ts';
import { countCompleteness } from '../reports/by-hour.ts';
import { countFound } from '../reports/search-records.ts';
import { openRecords } from '../testing/open-records.ts';
import { CINEMA, makeRecord } from '../testing/records.ts';
import { countParked, listStopped } from './record-states.ts';

/** More than SQLite takes as parameters of one statement. */
const CINEMAS = [CINEMA, ...Array.from({ length: 40_000 }, (_, n) => parseCinemaCode(String(50_000_000 + n)))];

describeSqlite('what is asked for 40,000 cinemas', ({ open }) => {
  it('is counted and listed', async () => {
    const { store, records } = await openRecords({ open });
    const record = makeRecord(1);
    await records.keep([record, makeRecord(2, { quarantine: 'CODE_NOT_GENUINE' })], { forward: true });
    const date = parseBusinessDate(record.checkTime.slice(0, 10));
    const overdueBy = { deadline: PLATFORM_DEADLINE, at: parseWallClock('2026-11-25T20:00:00') };

    expect(await countCompleteness(store, date, CINEMAS)).toEqual(new Map([[CINEMA, { entries: 1, delivered: 0 }]]));
    expect(await countUnsent(store, CINEMAS, overdueBy)).toMatchObject({ waiting: 1, quarantined: 1 });
    expect(await countFound(store, { dates: [date], cinemas: CINEMAS, state: 'WAITING' }, { max: 10 })).toBe(1);
    const { records: overdue } = await listStopped(store, {
      kind: overdueBy,
      cinemas: CINEMAS,
      after: null,
      limit: 10,
    });
    expect(overdue).toHaveLength(1);
    expect(await countParked(store, CINEMAS)).toBe(0);
  });
});
