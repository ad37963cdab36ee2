// @module-tag slow
import {
  type CheckRecordTables,
  checkRecordMigrations,
  createEntryBound,
  createJudgeAgain,
  createJudgingPool,
  createRecordStore,
} from '@ticket-check/check-records';
import { CINEMA, makeRecord, makeUkey, UKEY } from '@ticket-check/check-records/testing';
import { type OperationTables, operationMigrations } from '@ticket-check/operators';
import { type CinemaKey, parseCinemaCode, parseFilmTicketCode, parseWallClock } from '@ticket-check/protocol';
import { every } from '@ticket-check/runtime';
import { mergeMigrations } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { PageError } from '../sent-texts.ts';
import { quarantinePages } from './serve-stopped.ts';

const OTHER_CINEMA = parseCinemaCode('31012346');
const NOW = parseWallClock('2026-11-24T22:00:00');
const now = () => Date.parse(`${NOW}+08:00`);
const late = makeUkey('2026-06-01T00:00:00');
const logger = pino({ level: 'silent' });

const migrations = mergeMigrations(checkRecordMigrations, operationMigrations);

describeEachEngine('quarantined records', ({ open }) => {
  async function setUp({ maxEntries = 16 } = {}) {
    const store = await open<CheckRecordTables & OperationTables>(migrations);
    const records = createRecordStore(store);
    const keys: CinemaKey[] = [UKEY.key];
    const pool = createJudgingPool({ threads: 1 });
    onTestFinished(() => pool.close());
    let keysRead = 0;
    const keysEver = async () => {
      keysRead += 1;
      return keys.toReversed();
    };
    const entryBound = createEntryBound(store, { max: maxEntries, logger });
    const judgeAgain = createJudgeAgain({
      ...{ store, recordStore: records, keysEver, pool, entryBound, forward: true, now, logger },
    });
    let woken = 0;
    const pages = quarantinePages(
      { now },
      {
        store,
        judgeAgain,
        recordsOf: createRecordStore,
        forward: true,
        wake: () => {
          woken += 1;
        },
      },
    );
    const act = (path: string, cinemaCodes: readonly (typeof CINEMA)[] | 'all') => (body: object) => {
      const action = pages.actions?.find((one) => one.path === path);
      const operator = { username: 'susi', role: 'supervisor', cinemaCodes } as never;
      return action!.handler({ body: action!.body.parse(body), operator, address: '192.0.2.7' } as never);
    };
    return {
      store,
      records,
      keys,
      woken: () => woken,
      keysRead: () => keysRead,
      counts: (query = '', cinemaCodes: readonly (typeof CINEMA)[] | 'all' = 'all') =>
        pages.json![0]!.handler({ query: new Map(new URLSearchParams(query)), cinemaCodes } as never),
      judgeCinema: (CinemaCode: string | null, cinemaCodes: readonly (typeof CINEMA)[] | 'all' = 'all') =>
        act('/quarantine/judge-again', cinemaCodes)({ CinemaCode }),
      judgeRecord: (RecordId: string, cinemaCodes: readonly (typeof CINEMA)[] | 'all' = 'all') =>
        act('/quarantine/judge-record', cinemaCodes)({ RecordId }),
      /** Carries out what was asked for, as the service that runs does. */
      async review() {
        const review = every({ name: 'quarantine review', logger, ...judgeAgain.reviews });
        await expect.poll(() => store.db.selectFrom('quarantineReview').selectAll().execute()).toEqual([]);
        await review.stop();
      },
      operations: () => store.db.selectFrom('operation').selectAll().orderBy('id').execute(),
    };
  }

  const notGenuine = (n: number, changes: Parameters<typeof makeRecord>[1] = {}) =>
    makeRecord(n, { ukey: late, quarantine: 'CODE_NOT_GENUINE', ...changes });

  test('are judged again one by one, and what comes of it is said and written down', async () => {
    const { records, keys, woken, judgeRecord, operations } = await setUp();
    const [mine, contradicted] = [notGenuine(1), makeRecord(2, { quarantine: 'CODE_CONTRADICTS_RECORD' })];
    await records.keep([mine, contradicted], { forward: true });
    expect(await judgeRecord(mine.recordId)).toEqual({ Released: 0, Quarantined: 1, ErrorCode: 'CODE_NOT_GENUINE' });
    expect(woken()).toBe(0);
    keys.push(late.key);
    const refusal = { code: 'gone', status: 409 };
    await expect(judgeRecord(mine.recordId, [OTHER_CINEMA])).rejects.toMatchObject(refusal);
    expect(await judgeRecord(mine.recordId, [CINEMA])).toEqual({ Released: 1, Quarantined: 0, ErrorCode: null });
    expect(woken()).toBe(1);
    expect(await records.entriesOf([mine])).toMatchObject([{ recordId: mine.recordId }]);
    expect(await records.summary()).toMatchObject({ quarantined: 1, waiting: 1 });
    // A record that its own code contradicts stays quarantined.
    await expect(judgeRecord(contradicted.recordId)).rejects.toMatchObject(refusal);
    await expect(judgeRecord(mine.recordId)).rejects.toMatchObject(refusal);
    await expect(judgeRecord('x')).rejects.toBeInstanceOf(PageError);
    const what = { recordId: mine.recordId, cinemaCodes: [CINEMA] };
    expect(
      (await operations()).map(({ name, actor, from, what: asked }) => [name, actor, from, JSON.parse(asked)]),
    ).toEqual([
      [
        'records judge-record',
        'susi',
        '192.0.2.7',
        { ...what, released: 0, quarantined: 1, remaining: 'CODE_NOT_GENUINE' },
      ],
      ['records judge-record', 'susi', '192.0.2.7', { ...what, released: 1, quarantined: 0, remaining: null }],
    ]);
  });

  test('of one RecordId are judged together, each for itself, up to a bound', async () => {
    const { records, keys, keysRead, judgeRecord, store } = await setUp();
    const { recordId } = notGenuine(1);
    const under = (n: number, changes: Parameters<typeof makeRecord>[1] = {}) =>
      notGenuine(n, { recordId, ...changes });
    keys.push(late.key);
    const unknown = makeUkey('2026-06-02T00:00:00');
    await records.keep([1, 2].map((n) => under(n)).concat([3, 4, 5].map((n) => under(n, { ukey: unknown }))), {
      forward: true,
    });
    expect(await judgeRecord(recordId)).toEqual({ Released: 2, Quarantined: 3, ErrorCode: 'CODE_NOT_GENUINE' });
    expect(keysRead()).toBe(1);
    const more = Array.from({ length: 98 }, (_, n) => under(n + 10, { ukey: unknown }));
    await records.keep(more, { forward: true });
    const refusal = { code: 'too-many-under-one-id', status: 409 };
    await expect(judgeRecord(recordId)).rejects.toMatchObject(refusal);
    // Those of other cinemas are not the operator's, and refuse nothing.
    await records.keep([under(200, { cinemaCode: OTHER_CINEMA, ukey: unknown })], { forward: true });
    expect(await judgeRecord(recordId, [OTHER_CINEMA])).toMatchObject({ Quarantined: 1 });
    expect(
      await store.db.selectFrom('checkRecord').select('identity').where('quarantine', 'is', null).execute(),
    ).toHaveLength(2);
  });

  test('that are too many of a ticket count once there is room for them', async () => {
    const crowded = await setUp({ maxEntries: 1 });
    const filmTicketCode = parseFilmTicketCode('7'.repeat(16));
    const [entry, surplus] = [1, 2].map((n) =>
      makeRecord(n, { filmTicketCode, account: 'door-1', quarantine: n === 2 ? 'TOO_MANY_ENTRIES' : null }),
    );
    await crowded.records.keep([entry!, surplus!], { forward: true });
    expect(await crowded.judgeRecord(surplus!.recordId)).toEqual({
      Released: 0,
      Quarantined: 1,
      ErrorCode: 'TOO_MANY_ENTRIES',
    });
    const { records, judgeRecord } = await setUp({ maxEntries: 2 });
    await records.keep([entry!, surplus!], { forward: true });
    expect(await judgeRecord(surplus!.recordId)).toEqual({ Released: 1, Quarantined: 0, ErrorCode: null });
  });

  test('without a key are judged again together, only those of the operator’s cinemas', async () => {
    const { records, keys, counts, judgeCinema, review, operations } = await setUp();
    await records.keep(
      [
        ...[1, 2, 3].map((n) => notGenuine(n)),
        makeRecord(4, { quarantine: 'CODE_CONTRADICTS_RECORD' }),
        notGenuine(5, { cinemaCode: OTHER_CINEMA }),
      ],
      { forward: true },
    );
    expect(await counts()).toEqual({ Quarantined: 5, NotGenuine: 4 });
    expect(await counts('', [CINEMA])).toEqual({ Quarantined: 4, NotGenuine: 3 });
    expect(await counts(`cinema=${OTHER_CINEMA}`)).toEqual({ Quarantined: 1, NotGenuine: 1 });
    await expect(counts(`cinema=${OTHER_CINEMA}`, [CINEMA])).rejects.toBeInstanceOf(PageError);
    keys.push(late.key);
    await expect(judgeCinema(OTHER_CINEMA, [CINEMA])).rejects.toBeInstanceOf(PageError);
    expect(await judgeCinema(null, [CINEMA])).toEqual({ Judged: 3 });
    await review();
    expect(await counts()).toEqual({ Quarantined: 2, NotGenuine: 1 });
    expect(await judgeCinema(null)).toEqual({ Judged: 1 });
    await review();
    expect(await counts()).toEqual({ Quarantined: 1, NotGenuine: 0 });
    expect(await judgeCinema(CINEMA)).toEqual({ Judged: 0 });
    expect((await operations()).map(({ what }) => JSON.parse(what))).toEqual([
      { cinemaCodes: [CINEMA], judged: 3 },
      { judged: 1 },
      { cinemaCodes: [CINEMA], judged: 0 },
    ]);
  });
});
