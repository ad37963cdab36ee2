import { parseWallClock } from '@ticket-check/protocol';
import { describePostgres } from '@ticket-check/storage/testing';
import { CompiledQuery, sql } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import { isDouble } from '../entries/entry-records.ts';
import { createRecordStore } from '../store/record-store.ts';
import { openStore } from '../testing/open-records.ts';
import { makeRecord } from '../testing/records.ts';
import { TICKET_COLUMNS } from './keys.ts';
import { makeMonths, monthlyTables, monthOf, monthsFrom, packMonths, restOf } from './months.ts';
import type { OwnStore } from './tables.ts';

it('counts months from 06:00 of their first day', () => {
  expect([monthOf(parseWallClock('2027-01-01T05:59:59')), monthOf(parseWallClock('2027-01-01T06:00:00'))]).toEqual([
    '2026-12',
    '2027-01',
  ]);
  expect([monthsFrom('2026-12', 1), monthsFrom('2027-01', -38)]).toEqual(['2027-01', '2023-11']);
});

describePostgres('the months of records', ({ open }) => {
  let store: OwnStore;
  const make = (at: string) =>
    store.transaction((trx) => makeMonths(trx, store.engine, parseWallClock(`${at}-15T12:00:00`)));
  const monthsOf = async (table: string) =>
    (await monthlyTables(store)).find((one) => one.table === table)?.months ?? [];
  const counted = async (table: string) => {
    const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(store.db);
    return rows[0]?.n;
  };

  beforeEach(async () => {
    store = await openStore({ open });
  });

  it('are there when the database is made, and are made ahead, once', async () => {
    const before = await monthsOf('check_record');
    expect(before).toHaveLength(5);
    await make('2031-05');
    await make('2031-05');
    const made = ['2031-04', '2031-05', '2031-06', '2031-07', '2031-08'];
    expect(await monthsOf('check_record')).toEqual([...before, ...made]);
    expect(await monthsOf('delivered_record')).toEqual([...before, ...made]);
  });

  it('take what lies outside of them when they are made; what is far away is found where it is', async () => {
    const records = createRecordStore(store);
    const [past, next, future] = ['2019-02-03T20:00:00', '2031-06-07T20:00:00', '9999-12-31T20:00:00'].map((time, n) =>
      makeRecord(n, { startTime: parseWallClock(time), checkTime: parseWallClock(time) }),
    );
    await records.keep([past!, next!, future!], { forward: true });
    expect(await counted(restOf('check_record'))).toBe(3);
    await make('2031-05');
    expect([await counted(restOf('check_record')), await counted('check_record_2031_06')]).toEqual([2, 1]);
    for (const record of [past!, next!, future!]) {
      expect(await records.keep([record], { forward: true })).toEqual(['known']);
      expect(await records.entriesOf([record])).toMatchObject([{ recordId: record.recordId }]);
    }
    const { complete } = await records.outbox.oldest(past!.cinemaCode, 10);
    expect(complete.map(({ record }) => record.recordId)).toEqual([past, next, future].map((one) => one!.recordId));
  });

  const files = async () => {
    const { rows } = await sql<{ file: number }>`
      select relfilenode as file from pg_class join pg_index on oid = indexrelid
      where indrelid = 'check_record_2031_05'::regclass order by 1`.execute(store.db);
    return rows.map(({ file }) => file);
  };
  const pack = (at: string, on = store) =>
    packMonths(on, parseWallClock(`${at}-15T12:00:00`), new AbortController().signal);

  it('have their indexes rebuilt once they are over, and are read and written as before', async () => {
    const at = parseWallClock('2031-05-07T20:00:00');
    const record = makeRecord(1, { startTime: at, checkTime: at });
    await make('2031-05');
    const records = createRecordStore(store);
    await records.keep([record], { forward: true });
    const before = await files();
    await pack('2031-06');
    await pack('2031-07', { ...store, isDistributed: true });
    expect(await files()).toEqual(before);
    await pack('2031-07');
    const packed = await files();
    expect(packed).toHaveLength(before.length);
    expect(before.filter((file) => packed.includes(file))).toEqual([]);
    await pack('2031-07');
    expect(await files()).toEqual(packed);
    expect(await records.keep([record, makeRecord(2, { startTime: at })], { forward: true })).toEqual([
      'known',
      'kept',
    ]);
  });

  it('are not opened, but for those of the given tickets or records', async () => {
    const record = { ...makeRecord(1), startTime: parseWallClock('2031-05-07T20:00:00') };
    await make('2031-05');
    const given = store.rowsAsTable([record, { ...record, startTime: '2031-05-09T20:00:00' }], TICKET_COLUMNS);
    const { sql: text, parameters } = store.db
      .selectFrom(given.as('given'))
      .select('given.startTime')
      .select(isDouble.as('isDouble'))
      .compile();
    const { rows } = await store.db.executeQuery(CompiledQuery.raw(`explain ${text}`, [...parameters]));
    const plan = JSON.stringify(rows);
    expect([...new Set(plan.match(/check_record_(rest|\d{4}_\d\d)/g))]).toEqual(['check_record_2031_05']);
  });
});
