import {
  type CheckRecordTables,
  checkRecordMigrations,
  countQuarantined,
  createRecordStore,
  PLATFORM_DEADLINE,
} from '@ticket-check/check-records';
import { CINEMA, makeRecord, makeRecords } from '@ticket-check/check-records/testing';
import { type OperationTables, operationMigrations } from '@ticket-check/operators';
import { addSeconds, parseCinemaCode, parseWallClock } from '@ticket-check/protocol';
import { mergeMigrations } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, test, vi } from 'vitest';
import { createReading } from '../declared/reading.ts';
import type { PageSet } from '../page.ts';
import { PageError } from '../sent-texts.ts';
import { outboxPages, quarantinePages } from './stopped-records.ts';

const OTHER_CINEMA = parseCinemaCode('31012346');
const NOW = parseWallClock('2026-11-24T22:00:00');
const LATER = addSeconds(NOW, 3600);

const migrations = mergeMigrations(checkRecordMigrations, operationMigrations);

describeEachEngine('the console’s data about records that are held up', ({ open }) => {
  async function setUp() {
    const store = await open<CheckRecordTables & OperationTables>(migrations);
    const records = createRecordStore(store);
    const wake = vi.fn();
    const now = () => Date.parse(`${NOW}+08:00`);
    const reading = createReading({ now, drain: () => {} }, store);
    const pages = outboxPages({ now }, { store, deadline: PLATFORM_DEADLINE, reading, wake });
    const [list] = pages.json ?? [];
    const ask = async (query = '', cinemaCodes: readonly (typeof CINEMA)[] | 'all' = 'all') =>
      (await list!.handler({ actor: 'anna', cinemaCodes, query: new Map(new URLSearchParams(query)) } as never)) as {
        Records: Record<string, unknown>[];
        Next: string | null;
      };
    const count = (cinemaCodes: readonly (typeof CINEMA)[] | 'all') => pages.counts?.[0]?.count(cinemaCodes);
    const doing =
      ({ actions: [action] = [] }: PageSet) =>
      async (CinemaCode: string | null, cinemaCodes: readonly (typeof CINEMA)[] | 'all' = 'all') => {
        const operator = { username: 'anna', role: 'supervisor', cinemaCodes } as never;
        return action!.handler({ body: action!.body.parse({ CinemaCode }), operator, address: '192.0.2.7' } as never);
      };
    const [retry, judgeAgain] = [doing(pages), doing(quarantinePages({ now }, store))];
    const operations = async () => {
      const rows = await store.db.selectFrom('operation').selectAll().orderBy('id').execute();
      return rows.map(({ name, actor, what }) => ({ name, actor, what: JSON.parse(what) }));
    };
    const park = async (...given: ReturnType<typeof makeRecord>[]) => {
      await records.keep(given, { forward: true });
      const refused = given.map((record) => ({ record, revision: 0, errorCode: 'INVALID_PRICE', errorMessage: 'no' }));
      await records.outbox.park(refused, NOW, LATER);
    };
    return { store, records, ask, count, retry, judgeAgain, park, wake, operations };
  }

  test('lists refused records in pages, with the reason, and quarantined ones', async () => {
    const { records, ask, park } = await setUp();
    const parked = makeRecords(60);
    await park(...parked);
    await records.keep([makeRecord(99, { quarantine: 'CODE_NOT_GENUINE' }), makeRecord(100)], { forward: true });
    const first = await ask();
    expect(first.Records).toHaveLength(50);
    const refused = {
      ErrorCode: 'INVALID_PRICE',
      ErrorMessage: 'no',
      ParkedAt: NOW,
      NextAttemptAt: LATER,
      Attempts: 1,
    };
    expect(first.Records[0]).toMatchObject(refused);
    const rest = await ask(first.Next?.split('?')[1]);
    expect(rest.Next).toBeNull();
    const seen = [...first.Records, ...rest.Records].map(({ RecordId }) => RecordId);
    expect(seen).toEqual(parked.map(({ recordId }) => recordId).sort());
    expect((await ask('kind=quarantined')).Records).toMatchObject([{ ErrorCode: 'CODE_NOT_GENUINE' }]);
    for (const query of ['kind=x', 'cinema=310', 'after=rubbish', 'after=[1]']) {
      await expect(ask(query)).rejects.toThrow();
    }
  });

  test('lists in parts those past their deadline, refused or not, the oldest check first', async () => {
    const { records, ask, park } = await setUp();
    const refused = makeRecords(55);
    await park(...refused);
    const waiting = makeRecord(100);
    const inTime = makeRecord(101, { checkTime: addSeconds(NOW, -60) });
    const elsewhere = makeRecord(102, { cinemaCode: OTHER_CINEMA });
    const aside = makeRecord(103, { quarantine: 'CODE_NOT_GENUINE' });
    await records.keep([waiting, inTime, elsewhere, aside], { forward: true });
    const first = await ask('kind=overdue', [CINEMA]);
    const rest = await ask(first.Next?.split('?')[1], [CINEMA]);
    expect([first.Records.length, rest.Next]).toEqual([50, null]);
    const shown = [...first.Records, ...rest.Records].map(({ RecordId }) => RecordId);
    const order = [...refused, waiting].sort((a, b) =>
      `${a.checkTime} ${a.recordId}` < `${b.checkTime} ${b.recordId}` ? -1 : 1,
    );
    expect(shown).toEqual(order.map(({ recordId }) => recordId));
  });

  test('sends refused records of the operator’s cinemas again at once, and records who did', async () => {
    const { records, ask, count, retry, park, wake, operations } = await setUp();
    await park(makeRecord(1), makeRecord(2, { cinemaCode: OTHER_CINEMA }));
    expect((await ask('', [CINEMA])).Records).toHaveLength(1);
    await expect(ask(`cinema=${OTHER_CINEMA}`, [CINEMA])).rejects.toBeInstanceOf(PageError);
    await expect(retry(OTHER_CINEMA, [CINEMA])).rejects.toBeInstanceOf(PageError);
    expect(await records.outbox.cinemas(NOW)).toEqual([]);
    expect([await count('all'), await count([CINEMA]), await count([])]).toEqual([2, 1, 0]);
    expect(await retry(null, [CINEMA])).toEqual({ Retried: 1 });
    expect(await records.outbox.cinemas(NOW)).toEqual([CINEMA]);
    expect(await retry(null)).toEqual({ Retried: 2 });
    expect(wake).toHaveBeenCalledTimes(2);
    expect(await operations()).toEqual([
      { name: 'records retry', actor: 'anna', what: { cinemaCodes: [CINEMA], retried: 1 } },
      { name: 'records retry', actor: 'anna', what: { retried: 2 } },
    ]);
  });

  test('judges quarantined ones without a key again together, only those of the operator’s cinemas', async () => {
    const { store, records, judgeAgain, operations } = await setUp();
    const quarantine = 'CODE_NOT_GENUINE' as const;
    const kept = [
      ...[1, 2, 3].map((n) => makeRecord(n, { quarantine })),
      makeRecord(4, { quarantine: 'CODE_CONTRADICTS_RECORD' }),
      makeRecord(5, { quarantine, cinemaCode: OTHER_CINEMA }),
    ];
    await records.keep(kept, { forward: true });
    expect(await countQuarantined(store, [CINEMA])).toBe(4);
    await expect(judgeAgain(OTHER_CINEMA, [CINEMA])).rejects.toBeInstanceOf(PageError);
    expect(await judgeAgain(null, [CINEMA])).toEqual({ Judged: 3 });
    expect(await judgeAgain(OTHER_CINEMA)).toEqual({ Judged: 1 });
    expect((await operations()).map(({ what }) => what)).toEqual([
      { cinemaCodes: [CINEMA], judged: 3 },
      { cinemaCodes: [OTHER_CINEMA], judged: 1 },
    ]);
  });
});
