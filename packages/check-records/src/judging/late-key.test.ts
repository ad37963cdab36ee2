import { APIS, type CinemaKey, checkTicketJson } from '@ticket-check/protocol';
import { every } from '@ticket-check/runtime';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { createEntryBound } from '../entries/bounds.ts';
import { keyOf } from '../tables/keys.ts';
import { startPlatform } from '../testing/platform.ts';
import { CINEMA, makeRecord, makeRecords, makeUkey, UKEY } from '../testing/records.ts';
import { createJudgingPool } from './judging-pool.ts';
import { createReviewRequests, quarantineReview, requestReviews } from './quarantine-review.ts';

const START = Date.parse('2026-11-24T20:00:00+08:00');

describeEachEngine('a key that comes late', (engine) => {
  const late = makeUkey('2026-06-01T00:00:00');

  async function setUp({ reviews = true } = {}) {
    const clock = { time: START };
    const keys: CinemaKey[] = [UKEY.key];
    const keysEver = async () => keys.toReversed();
    const platform = await startPlatform(engine, { now: () => clock.time, keysEver, forward: true, reviews });
    const { store, records } = platform;
    const caller = await platform.connect();
    const report = (...reported: ReturnType<typeof makeRecord>[]) =>
      caller.call(
        APIS.reportOriginalCheckTickets,
        {
          CinemaCode: CINEMA,
          CheckTickets: reported.map((record) =>
            checkTicketJson(record, { extended: true, priceForm: 'two-decimals' }),
          ),
        },
        { read: (reply) => reply, timeoutMs: 20_000, idempotent: false },
      );
    /** As another process does it: the key and the request for a review are durable, and the review runs to its end. */
    async function bringKey() {
      keys.push(late.key);
      await platform.requestReview(CINEMA);
      await expect.poll(() => store.db.selectFrom('quarantineReview').selectAll().execute(), POLL).toEqual([]);
    }
    const quarantined = async () => (await records.quarantined()).length;
    return { clock, keys, keysEver, platform, store, records, report, bringKey, quarantined };
  }

  const POLL = { timeout: 20_000, interval: 20 };

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
    expect(await report(record)).toMatchObject({ kind: 'delivered', reply: { ReportResult: true } });
    records.keep = keep;
    await expect.poll(quarantined, POLL).toBe(0);
    expect(await records.entriesOf([record])).toMatchObject([{ recordId: record.recordId }]);
    expect(await records.summary()).toMatchObject({ quarantined: 0, waiting: 1 });
    expect(await report(record)).toMatchObject({ reply: { ReportResult: true } });
    expect(await records.summary()).toMatchObject({ quarantined: 0, waiting: 1 });
  });

  it('tells the sender that the record counts, once it is certain to', async () => {
    const { keys, records, report } = await setUp();
    const keep = records.keep;
    records.keep = (...args) => {
      keys.push(late.key);
      return keep(...args);
    };
    expect(await report(makeRecord(1, { ukey: late }))).toHaveProperty('reply', { ReportResult: true });
  });

  it('resumes its review after the process that started it died', { tags: 'slow' }, async () => {
    const { clock, keys, keysEver, store, records, quarantined } = await setUp({ reviews: false });
    const genuine = makeRecords(150, { quarantine: 'CODE_NOT_GENUINE' }).map((record, n) => ({
      ...makeRecord(n, { ukey: late, recordId: record.recordId }),
      quarantine: 'CODE_NOT_GENUINE' as const,
    }));
    await records.keep(genuine, { forward: true });
    keys.push(late.key);
    await requestReviews(store.db, [CINEMA]);
    const requests = createReviewRequests(store);
    const [first] = await requests.list();
    expect(await requests.progress(first!, keyOf(genuine[63]!))).toBe(true);

    const pool = createJudgingPool({ threads: 1 });
    const logger = pino({ level: 'silent' });
    const now = () => clock.time;
    const entryBound = createEntryBound(store, { max: 16, logger });
    const reviewing = { store, recordStore: records, keysEver, pool, entryBound, forward: true, now, logger };
    const review = every({ name: 'quarantine review', logger, ...quarantineReview(reviewing) });
    await expect.poll(() => store.db.selectFrom('quarantineReview').selectAll().execute(), POLL).toEqual([]);
    expect(await quarantined()).toBe(64);
    expect(await records.summary()).toMatchObject({ quarantined: 64, waiting: 86 });
    await review.stop();
    await pool.close();
  });

  it('begins its review again when another key comes meanwhile', async () => {
    const { store } = await setUp({ reviews: false });
    const requests = createReviewRequests(store);
    await requestReviews(store.db, [CINEMA]);
    const [first] = await requests.list();
    await requestReviews(store.db, [CINEMA]);
    expect(await requests.progress(first!, keyOf(makeRecord(1)))).toBe(false);
    await requests.finish(first!);
    expect(await requests.list()).toEqual([{ cinemaCode: CINEMA, after: null, revision: first!.revision + 1 }]);
  });

  it('is not taken for the end of a later review by a process that was slow with an earlier one', async () => {
    const { store } = await setUp({ reviews: false });
    const requests = createReviewRequests(store);
    await requestReviews(store.db, [CINEMA]);
    const [first] = await requests.list();
    await requestReviews(store.db, [CINEMA]);
    const [second] = await requests.list();
    await requests.finish(second!);
    await requestReviews(store.db, [CINEMA]);
    expect(await requests.progress(first!, keyOf(makeRecord(1)))).toBe(false);
    await requests.finish(first!);
    expect(await requests.list()).toMatchObject([{ cinemaCode: CINEMA, after: null }]);
  });
});
