import {
  type CheckRecordTables,
  checkRecordMigrations,
  countQuarantined,
  createRecordStore,
} from '@ticket-check/check-records';
import { CINEMA, makeRecord } from '@ticket-check/check-records/testing';
import { type OperationTables, operationMigrations } from '@ticket-check/operators';
import { parseCinemaCode } from '@ticket-check/protocol';
import { mergeMigrations } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { PageError } from '../sent-texts.ts';
import { quarantinePages } from './stopped-records.ts';

const OTHER_CINEMA = parseCinemaCode('31012346');
const now = () => Date.parse('2026-11-24T22:00:00+08:00');
const migrations = mergeMigrations(checkRecordMigrations, operationMigrations);

describeEachEngine('quarantined records', ({ open }) => {
  test('without a key are judged again together, only those of the operator’s cinemas', async () => {
    const store = await open<CheckRecordTables & OperationTables>(migrations);
    const judge = (CinemaCode: string | null, cinemaCodes: readonly (typeof CINEMA)[] | 'all' = 'all') => {
      const action = quarantinePages({ now }, store).actions?.find(({ path }) => path === '/quarantine/judge-again');
      const operator = { username: 'susi', role: 'supervisor', cinemaCodes } as never;
      return action!.handler({ body: action!.body.parse({ CinemaCode }), operator, address: '192.0.2.7' } as never);
    };
    const quarantine = 'CODE_NOT_GENUINE' as const;
    const records = [
      ...[1, 2, 3].map((n) => makeRecord(n, { quarantine })),
      makeRecord(4, { quarantine: 'CODE_CONTRADICTS_RECORD' }),
      makeRecord(5, { quarantine, cinemaCode: OTHER_CINEMA }),
    ];
    await createRecordStore(store).keep(records, { forward: true });
    expect(await countQuarantined(store, [CINEMA])).toBe(4);
    await expect(judge(OTHER_CINEMA, [CINEMA])).rejects.toBeInstanceOf(PageError);
    expect(await judge(null, [CINEMA])).toEqual({ Judged: 3 });
    expect(await judge(OTHER_CINEMA)).toEqual({ Judged: 1 });
    const operations = await store.db.selectFrom('operation').selectAll().orderBy('id').execute();
    expect(operations.map(({ what }) => JSON.parse(what))).toEqual([
      { cinemaCodes: [CINEMA], judged: 3 },
      { cinemaCodes: [OTHER_CINEMA], judged: 1 },
    ]);
  });
});
