import { parseCinemaCode, parseFilmTicketCode, parseWallClock } from '@ticket-check/protocol';
import { describeEachWay } from '@ticket-check/storage/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { InSameTransaction } from '../keeping/keep.ts';
import { type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import type { OwnStore } from '../tables/tables.ts';
import { openRecords } from '../testing/open-records.ts';
import { CINEMA, counting, INCOMPLETE, listParked, makeRecord, makeRecords, storedRecord } from '../testing/records.ts';
import { createRecordStore, type RecordStore } from './record-store.ts';

const NOW = parseWallClock('2026-11-24T20:00:00');

describeEachWay('keeping check records', (engine) => {
  let store: OwnStore;
  let records: RecordStore;

  beforeEach(async () => {
    ({ store, records } = await openRecords(engine));
  });

  const waiting = async () => {
    const { complete, incomplete } = await records.outbox.oldest(CINEMA, 1000);
    return [...complete, ...incomplete];
  };
  const count = async () => (await store.db.selectFrom('checkRecord').select('recordId').execute()).length;

  it('keeps a record as it came and queues it', async () => {
    const record = makeRecord(1, { differences: ['ScreenCode', 'Price'] });
    expect(await records.keep([record], { forward: true })).toEqual(['kept']);
    expect(await storedRecord(store, record.recordId)).toEqual(record);
    expect(await waiting()).toEqual([{ record, revision: 0 }]);
  });

  it('changes nothing when the same record comes again, and does not send it again', async () => {
    const record = makeRecord(1);
    await records.keep([record], { forward: true });
    await records.outbox.confirm(await waiting(), NOW);
    expect(await records.keep([{ ...record, screenName: 'another' }], { forward: true })).toEqual(['known']);
    expect(await storedRecord(store, record.recordId)).toEqual(record);
    expect(await waiting()).toEqual([]);
  });

  describe('a record with more filled in', () => {
    const incomplete = makeRecord(1, INCOMPLETE);
    const complete = { ...makeRecord(1), recordId: incomplete.recordId, ticketInfoCode: incomplete.ticketInfoCode };

    it('fills nothing through another account', async () => {
      await records.keep([incomplete], { forward: true });
      expect(await records.keep([{ ...complete, account: 'neighbour' }], { forward: true })).toEqual(['known']);
      expect(await storedRecord(store, incomplete.recordId)).toEqual(incomplete);
    });

    it('goes upstream once more when it went there incomplete', async () => {
      await records.keep([incomplete], { forward: true });
      await records.outbox.confirm(await waiting(), NOW);
      await records.keep([complete], { forward: true });
      expect((await waiting()).map(({ record }) => record)).toEqual([complete]);
    });
  });

  describe('a RecordId that another record has', () => {
    const kept = async () =>
      (
        await store.db.selectFrom('checkRecord').selectAll().orderBy('checkTime').orderBy('filmTicketCode').execute()
      ).map(recordOf);

    it.each([
      ['ticket', { filmTicketCode: parseFilmTicketCode('8'.repeat(16)) }],
      ['start', { startTime: parseWallClock('2026-11-24T20:30:00') }],
      ['cinema', { cinemaCode: parseCinemaCode('31012346') }],
      ['CheckTime', { checkTime: parseWallClock('2026-11-24T19:59:59') }],
      ['code', { ticketInfoCode: makeRecord(2).ticketInfoCode }],
    ])('names another record by another %s, which is kept beside it', async (_, changes) => {
      const known = makeRecord(1);
      const other = makeRecord(1, { ...known, ...changes, account: 'neighbour' });
      expect(await records.keep([known], { forward: true })).toEqual(['kept']);
      expect(await records.keep([other], { forward: true })).toEqual(['kept']);
      expect(await records.keep([other, known], { forward: true })).toEqual(['known', 'known']);
      expect(new Set(await kept())).toEqual(new Set([known, other]));
      expect(await records.summary()).toMatchObject({ waiting: 2 });
    });

    it('is confirmed, parked and sent again by itself', async () => {
      const [mine, theirs] = [makeRecord(1), makeRecord(2)];
      const other = { ...theirs, recordId: mine.recordId };
      await records.keep([mine, other], { forward: true });
      const [first, second] = await waiting();
      await records.outbox.confirm([first!], NOW);
      expect((await waiting()).map(({ record }) => record)).toEqual([other]);
      await records.outbox.park([{ ...second!, errorCode: 'X', errorMessage: 'y' }], NOW, NOW);
      expect(await listParked(store)).toMatchObject([{ record: other }]);
      await records.outbox.resendSince(NOW);
      expect((await waiting()).map(({ record }) => record)).toEqual([mine]);
      expect(await listParked(store)).toMatchObject([{ record: other }]);
    });
  });

  describe('a quarantined record that comes again as genuine', () => {
    const rubbish = makeRecord(1, {
      ...INCOMPLETE,
      account: 'neighbour',
      quarantine: 'CODE_NOT_GENUINE',
      screenName: 'x',
    });
    const genuine = { ...makeRecord(1), recordId: rubbish.recordId, ticketInfoCode: rubbish.ticketInfoCode };

    it.each([true, false])(
      'gives its place to the genuine one, which counts and goes on (in one turn: %s)',
      async (turn) => {
        const keepBoth = [
          () => records.keep([rubbish], { forward: true }),
          () => records.keep([genuine], { forward: true }),
        ];
        if (turn) expect(await Promise.all(keepBoth.map((keep) => keep()))).toEqual([['kept'], ['cleared']]);
        else for (const keep of keepBoth) await keep();
        expect(await storedRecord(store, genuine.recordId)).toEqual(genuine);
        expect(await count()).toBe(1);
        expect((await waiting()).map(({ record }) => record)).toEqual([genuine]);
        expect(await records.entriesOf([genuine])).toMatchObject([{ recordId: genuine.recordId }]);
        expect(await records.keep([genuine], { forward: true })).toEqual(['known']);
      },
    );

    it('does not take its place again', async () => {
      await records.keep([genuine], { forward: true });
      expect(await records.keep([rubbish], { forward: true })).toEqual(['outweighed']);
      expect(await storedRecord(store, genuine.recordId)).toEqual(genuine);
      expect(await records.summary()).toMatchObject({ quarantined: 0, waiting: 1 });
    });

    it('keeps what its own account had filled in', async () => {
      const filled = { ...genuine, quarantine: 'CODE_NOT_GENUINE' as const };
      await records.keep([filled], { forward: false });
      await records.keep([{ ...genuine, filmName: '', ticketType: null }], { forward: false });
      expect(await storedRecord(store, genuine.recordId)).toEqual(genuine);
    });

    it('counts once where two stores meet it at once', async () => {
      await records.keep([rubbish], { forward: true });
      let begun = 0;
      const inSameTransaction: InSameTransaction = async (_, { length }) => {
        begun += length;
        return [];
      };
      const [one, other] = [
        createRecordStore(store, { inSameTransaction }),
        createRecordStore(store, { inSameTransaction }),
      ];
      await Promise.all([
        one.keep([genuine], { forward: true }),
        other.keep([genuine], { forward: true }),
        other.settle(counting([rubbish]), { forward: true }),
      ]);
      expect(begun).toBe(1);
      expect(await records.summary()).toMatchObject({ quarantined: 0, waiting: 1 });
    });
  });

  it('lets an unusable value fail its own batch and no other of the same turn', async () => {
    const outcomes = await Promise.allSettled([
      records.keep([makeRecord(1)], { forward: true }),
      records.keep([makeRecord(2, { screenName: 'a\0b' })], { forward: true }),
      records.keep([makeRecord(3)], { forward: true }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await waiting()).toHaveLength(2);
  });

  it('keeps a single record while large batches are being kept, and does not let it wait for them', async () => {
    const done: string[] = [];
    const keep = async (name: string, batch: ReceivedRecord[]) => {
      await records.keep(batch, { forward: true });
      done.push(name);
    };
    const batch = makeRecords(3001);
    const large = [0, 1, 2].map((n) => keep('large', batch.slice(n * 1000, (n + 1) * 1000)));
    await Promise.all([...large, keep('single', batch.slice(3000))]);
    expect(await count()).toBe(3001);
    expect(done).toEqual(['single', 'large', 'large', 'large']);
  });

  it('keeps the same records through two stores at once, in opposite order, each record once', async () => {
    const shared = makeRecords(300);
    const results = await Promise.all([
      records.keep(shared, { forward: true }),
      createRecordStore(store).keep(shared.toReversed(), { forward: true }),
    ]);
    expect(results.flat().filter((result) => result === 'kept')).toHaveLength(300);
    expect(await count()).toBe(300);
  });

  it('queues only what is to be forwarded, and announces it after the commit', async () => {
    const heard: boolean[] = [];
    const stop = records.onQueued({ queued: ({ incomplete }) => heard.push(incomplete), readyFor: () => [] });
    await records.keep([makeRecord(1)], { forward: true });
    await records.keep([makeRecord(2, INCOMPLETE)], { forward: true });
    await records.keep([makeRecord(3)], { forward: false });
    stop();
    await records.keep([makeRecord(4)], { forward: true });
    expect(heard).toEqual([false, true]);
    expect(await waiting()).toHaveLength(3);
  });
});
