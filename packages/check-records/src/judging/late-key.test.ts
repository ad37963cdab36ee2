import { APIS, type CinemaKey } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { createEntryBound } from '../entries/bounds.ts';
import { listSuspicious } from '../tables/suspicious-rows.ts';
import { answerTo, startPlatform, wire } from '../testing/platform.ts';
import { CINEMA, listQuarantined, makeRecord, makeUkey, UKEY } from '../testing/records.ts';
import { quarantineReviews, requestReviews } from './judge-again.ts';
import { createJudgingPool, type JudgingPool } from './judging-pool.ts';

const START = Date.parse('2026-11-24T20:00:00+08:00');

describeEachEngine('a key that comes late', (engine) => {
  const late = makeUkey('2026-06-01T00:00:00');

  async function setUp({ reviews = true } = {}) {
    const keys: CinemaKey[] = [UKEY.key];
    const keysEver = async () => keys.toReversed();
    const platform = await startPlatform(engine, { now: () => START, keysEver, forward: true, reviews });
    const { store, records } = platform;
    const caller = await platform.connect();
    const report = (record: ReturnType<typeof makeRecord>) =>
      answerTo(caller, APIS.reportOriginalCheckTickets, { CinemaCode: CINEMA, CheckTickets: [wire(record)] });
    /** As another process does it: the key and the request for a review are durable, and the review runs to its end. */
    async function bringKey() {
      keys.push(late.key);
      await platform.requestReview(CINEMA);
      await expect.poll(() => store.db.selectFrom('quarantineReview').selectAll().execute()).toEqual([]);
    }
    const quarantined = async () => (await listQuarantined(store)).length;
    return { keys, keysEver, platform, store, records, report, bringKey, quarantined };
  }

  it.each(['before', 'after'] as const)('leaves no record aside when it comes right %s the commit', async (moment) => {
    const { records, report, bringKey, quarantined } = await setUp();
    const keep = records.keep;
    records.keep = async (...args) => {
      if (moment === 'before') await bringKey();
      const kept = await keep(...args);
      if (moment === 'after') await bringKey();
      return kept;
    };
    const record = makeRecord(1, { ukey: late });
    expect(await report(record)).toMatchObject({ ReportResult: true });
    records.keep = keep;
    await expect.poll(quarantined).toBe(0);
    expect(await records.entriesOf([record])).toMatchObject([{ recordId: record.recordId }]);
    expect(await records.summary()).toMatchObject({ quarantined: 0, waiting: 1 });
    expect(await report(record)).toMatchObject({ ReportResult: true });
    expect(await records.summary()).toMatchObject({ quarantined: 0, waiting: 1 });
  });

  it('is reviewed to the end after the process that started it died in the middle', async () => {
    const { keys, keysEver, store, records } = await setUp({ reviews: false });
    const made = Array.from({ length: 150 }, (_, n) => makeRecord(n, { ukey: late }));
    const inFen = { ...made[0], price: 100 * (made[0]?.price ?? 0) } as (typeof made)[number];
    await records.keep(
      [inFen, ...made.slice(1)].map((record) => ({ ...record, quarantine: 'CODE_NOT_GENUINE' as const })),
      { forward: true },
    );
    keys.push(late.key);
    await requestReviews(store.db, [CINEMA]);
    const pool = createJudgingPool({ threads: 1 });
    onTestFinished(() => pool.close());
    const logger = pino({ level: 'silent' });
    const reviewing = {
      ...{ store, recordStore: records, keysEver, forward: true, now: () => START, logger },
      entryBound: createEntryBound(store, { max: 16, logger }),
    };
    let pages = 0;
    const dying: JudgingPool = {
      ...pool,
      judge: (...asked) => (++pages < 2 ? pool.judge(...asked) : Promise.reject(new Error('killed'))),
    };
    const run = (by: JudgingPool) => quarantineReviews({ ...reviewing, pool: by }).run(new AbortController().signal);
    await expect(run(dying)).rejects.toThrow('killed');
    expect(await records.summary()).toMatchObject({ quarantined: 86, waiting: 64 });
    await run(pool);
    expect(await records.summary()).toMatchObject({ quarantined: 0, waiting: 150 });
    const suspicious = await listSuspicious(store, { cinemas: 'all', after: null, limit: 9 });
    expect(suspicious).toMatchObject([{ kind: 'fen-price', records: 1 }]);
    expect(await store.db.selectFrom('quarantineReview').selectAll().execute()).toEqual([]);
  });

  it('is looked at again where it is requested while its review runs', async () => {
    const { keys, keysEver, store, records, platform } = await setUp({ reviews: false });
    const genuine = { ...makeRecord(1, { ukey: late }), quarantine: 'CODE_NOT_GENUINE' as const };
    await records.keep([genuine], { forward: true });
    await requestReviews(store.db, [CINEMA]);
    const pool = createJudgingPool({ threads: 1 });
    onTestFinished(() => pool.close());
    const logger = pino({ level: 'silent' });
    const reviews = quarantineReviews({
      ...{ store, recordStore: records, pool, forward: true, now: () => START, logger },
      entryBound: createEntryBound(store, { max: 16, logger }),
      async keysEver() {
        const before = await keysEver();
        if (keys.length === 1) {
          keys.push(late.key);
          await platform.requestReview(CINEMA);
        }
        return before;
      },
    });
    const run = () => reviews.run(new AbortController().signal);
    await run();
    expect(await records.summary()).toMatchObject({ quarantined: 1 });
    await run();
    expect(await records.summary()).toMatchObject({ quarantined: 0, waiting: 1 });
    expect(await store.db.selectFrom('quarantineReview').selectAll().execute()).toEqual([]);
  });
});
