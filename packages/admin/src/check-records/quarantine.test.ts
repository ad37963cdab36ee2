// @module-tag slow
import {
  type CheckRecordTables,
  checkRecordMigrations,
  countQuarantined,
  createEntryBound,
  createJudgingPool,
  createRecordStore,
  quarantineReviews,
} from '@ticket-check/check-records';
import { CINEMA, makeRecord, makeUkey, UKEY } from '@ticket-check/check-records/testing';
import { type OperationTables, operationMigrations } from '@ticket-check/operators';
import { type CinemaKey, parseCinemaCode, parseWallClock } from '@ticket-check/protocol';
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
  async function setUp() {
    const store = await open<CheckRecordTables & OperationTables>(migrations);
    const records = createRecordStore(store);
    const keys: CinemaKey[] = [UKEY.key];
    const pool = createJudgingPool({ threads: 1 });
    onTestFinished(() => pool.close());
    const keysEver = async () => keys.toReversed();
    const entryBound = createEntryBound(store, { max: 16, logger });
    const reviews = quarantineReviews({
      ...{ store, recordStore: records, keysEver, pool, entryBound, forward: true, now, logger },
    });
    const pages = quarantinePages({ now }, store);
    const act = (path: string, cinemaCodes: readonly (typeof CINEMA)[] | 'all') => (body: object) => {
      const action = pages.actions?.find((one) => one.path === path);
      const operator = { username: 'susi', role: 'supervisor', cinemaCodes } as never;
      return action!.handler({ body: action!.body.parse(body), operator, address: '192.0.2.7' } as never);
    };
    return {
      records,
      keys,
      async counts(cinemaCodes: readonly (typeof CINEMA)[] | 'all' = 'all') {
        const [quarantined, notGenuine] = [
          await countQuarantined(store, cinemaCodes),
          await countQuarantined(store, cinemaCodes, 'CODE_NOT_GENUINE'),
        ];
        return { quarantined, notGenuine };
      },
      judgeCinema: (CinemaCode: string | null, cinemaCodes: readonly (typeof CINEMA)[] | 'all' = 'all') =>
        act('/quarantine/judge-again', cinemaCodes)({ CinemaCode }),
      /** Carries out what was asked for, as the service that runs does. */
      async review() {
        const review = every({ name: 'quarantine review', logger, ...reviews });
        await expect.poll(() => store.db.selectFrom('quarantineReview').selectAll().execute()).toEqual([]);
        await review.stop();
      },
      operations: () => store.db.selectFrom('operation').selectAll().orderBy('id').execute(),
    };
  }

  const notGenuine = (n: number, changes: Parameters<typeof makeRecord>[1] = {}) =>
    makeRecord(n, { ukey: late, quarantine: 'CODE_NOT_GENUINE', ...changes });

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
    expect(await counts()).toEqual({ quarantined: 5, notGenuine: 4 });
    expect(await counts([CINEMA])).toEqual({ quarantined: 4, notGenuine: 3 });
    keys.push(late.key);
    await expect(judgeCinema(OTHER_CINEMA, [CINEMA])).rejects.toBeInstanceOf(PageError);
    expect(await judgeCinema(null, [CINEMA])).toEqual({ Judged: 3 });
    await review();
    expect(await counts()).toEqual({ quarantined: 2, notGenuine: 1 });
    expect(await judgeCinema(null)).toEqual({ Judged: 1 });
    await review();
    expect(await counts()).toEqual({ quarantined: 1, notGenuine: 0 });
    expect(await judgeCinema(CINEMA)).toEqual({ Judged: 0 });
    expect((await operations()).map(({ what }) => JSON.parse(what))).toEqual([
      { cinemaCodes: [CINEMA], judged: 3 },
      { judged: 1 },
      { cinemaCodes: [CINEMA], judged: 0 },
    ]);
  });
});
