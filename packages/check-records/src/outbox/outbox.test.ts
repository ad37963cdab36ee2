import { addSeconds, parseCinemaCode, parseWallClock } from '@ticket-check/protocol';
import { describeEachWay } from '@ticket-check/storage/testing';
import { beforeEach, expect, it } from 'vitest';
import type { RecordStore } from '../store/record-store.ts';
import type { OwnStore } from '../tables/tables.ts';
import { openRecords } from '../testing/open-records.ts';
import { CINEMA, INCOMPLETE, listParked, makeRecord, makeRecords } from '../testing/records.ts';
import { loadDeliveries } from './deliveries.ts';
import type { Waiting } from './outbox.ts';

const NOW = parseWallClock('2026-11-24T21:00:00');
const BEFORE = addSeconds(NOW, -2);
const IN_AN_HOUR = addSeconds(NOW, 3600);
const OTHER_CINEMA = parseCinemaCode('44019999');
const REFUSED = { errorCode: 'WRONG_LENGTH', errorMessage: 'ScreenCode must have 16 characters' };

describeEachWay('the outbox', (engine) => {
  let store: OwnStore;
  let records: RecordStore;
  const keep = (...batch: ReturnType<typeof makeRecord>[]) => records.keep(batch, { forward: true });
  const oldest = async (most = 1000) => (await records.outbox.oldest(CINEMA, most)).complete;
  const ids = (waiting: readonly Waiting[]) => waiting.map(({ record }) => record.recordId);

  beforeEach(async () => {
    ({ store, records } = await openRecords(engine));
  });

  it('gives the records of one cinema that were checked first, whatever order they came and were made in', async () => {
    const [n1, n2, n3, n4] = [40, 30, 20, 10].map((n) => makeRecord(n)) as ReturnType<typeof makeRecords>;
    await keep(n2, n4, n1, n3, makeRecord(0, { cinemaCode: OTHER_CINEMA, ticketInfoCode: 'x' }));
    expect(ids(await oldest(3))).toEqual([n4, n3, n2].map(({ recordId }) => recordId));
    expect(new Set(await records.outbox.cinemas(NOW))).toEqual(new Set([CINEMA, OTHER_CINEMA]));
  });

  it('takes complete and incomplete records as they were at one moment, so that none is passed over for a younger one', async () => {
    const batch = makeRecords(40);
    const kinds = batch.map((record, n) => (n % 2 === 0 ? record : { ...record, ...INCOMPLETE }));
    const stop = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      while (!stop.signal.aborted) {
        const { complete, incomplete } = await records.outbox.oldest(CINEMA, 1000);
        const arrived = new Set(ids([...complete, ...incomplete]));
        seen.push(kinds.filter(({ recordId }) => arrived.has(recordId)).length);
        expect(kinds.slice(0, arrived.size).every(({ recordId }) => arrived.has(recordId))).toBe(true);
      }
    })();
    for (let n = 0; n < kinds.length; n += 2) await keep(...kinds.slice(n, n + 2));
    stop.abort();
    await reading;
    expect(new Set(seen).size).toBeGreaterThan(1);
  });

  it('notes when each record was sent and accepted first, and of one that has changed meanwhile nothing until it is accepted', async () => {
    const [once, twice, changed] = makeRecords(3);
    await keep(once, twice, { ...changed, ...INCOMPLETE });
    const sent = [...(await oldest()), ...(await records.outbox.oldest(CINEMA, 10)).incomplete];
    await keep(changed);
    await records.outbox.confirm(sent, NOW, BEFORE);
    const times = () => loadDeliveries({ db: store.db, store }, [once, twice, changed]);
    const [atFirst, later] = [
      { deliveredAt: NOW, sentAt: BEFORE, refusals: null },
      { deliveredAt: IN_AN_HOUR, sentAt: NOW, refusals: null },
    ];
    const before = [atFirst, atFirst, { deliveredAt: null, sentAt: null, refusals: null }];
    expect(await times()).toEqual(before);
    expect(await records.outbox.resendSince(addSeconds(NOW, -60))).toBe(3);
    expect(await times()).toEqual(before);
    await records.outbox.confirm(await oldest(), IN_AN_HOUR, NOW);
    expect(await records.summary()).toMatchObject({ waiting: 0 });
    expect(await times()).toEqual([atFirst, atFirst, later]);
  });

  it('parks a refused record with its reason and gives it back when its time has come', async () => {
    await keep(makeRecord(1), makeRecord(2));
    const [bad, good] = await oldest();
    await records.outbox.park([{ ...bad!, ...REFUSED }], NOW, IN_AN_HOUR);
    expect(await oldest()).toEqual([good]);
    expect(await listParked(store)).toEqual([
      { record: bad!.record, parkedAt: NOW, nextAttemptAt: IN_AN_HOUR, attempts: 1, ...REFUSED },
    ]);
    expect(await records.summary()).toMatchObject({ waiting: 1, parked: 1, oldestUnsent: bad!.record.checkTime });
    expect(await records.outbox.parkedDue(CINEMA, NOW, 10)).toEqual([]);
    expect(await records.outbox.parkedDue(CINEMA, IN_AN_HOUR, 10)).toEqual([bad]);
  });

  it('makes parked records due by command', async () => {
    await keep(makeRecord(1));
    await records.outbox.park([{ ...(await oldest())[0]!, ...REFUSED }], NOW, IN_AN_HOUR);
    expect(await records.outbox.retryParked(OTHER_CINEMA)).toBe(0);
    expect(await records.outbox.retryParked()).toBe(1);
    expect(await records.outbox.parkedDue(CINEMA, NOW, 10)).toHaveLength(1);
  });

  it('queues again what was delivered since a time, also where it was checked long before', async () => {
    const lastMonth = makeRecord(1, { checkTime: parseWallClock('2026-10-20T19:00:00') });
    const delivered = makeRecord(2);
    const aside = makeRecord(3, { quarantine: 'CODE_NOT_GENUINE' });
    const elsewhere = makeRecord(4, { cinemaCode: OTHER_CINEMA, ticketInfoCode: 'x' });
    await keep(lastMonth, delivered, aside, elsewhere);
    await records.outbox.confirm((await records.outbox.oldest(OTHER_CINEMA, 10)).complete, addSeconds(NOW, -90_000));
    await records.outbox.confirm(await oldest(), NOW);
    expect(await records.outbox.resendSince(addSeconds(NOW, 1))).toBe(0);
    expect(await records.outbox.resendSince(addSeconds(NOW, -3600))).toBe(2);
    expect(ids(await oldest())).toEqual([lastMonth.recordId, delivered.recordId]);
    expect(await records.outbox.cinemas(NOW)).toEqual([CINEMA]);
  });

  it('queues each of very many again, once, also where a slice ends between records of one second', async () => {
    const checkedAt = (n: number) => ({ checkTime: addSeconds(NOW, Math.floor(n / 700)) });
    const many = Array.from({ length: 1100 }, (_, n) => makeRecord(n, checkedAt(n)));
    await keep(...many);
    await records.outbox.confirm(await oldest(2000), NOW);
    expect(await records.outbox.resendSince(NOW)).toBe(1100);
    expect(ids(await oldest(2000)).toSorted()).toEqual(many.map(({ recordId }) => recordId).toSorted());
  });

  it('does not take the reply of an upstream that lost its data for a delivery', async () => {
    await keep(makeRecord(1));
    await records.outbox.confirm(await oldest(), NOW);
    await records.outbox.resendSince(NOW);
    const sent = await oldest();
    await records.outbox.resendSince(NOW);
    await records.outbox.confirm(sent, NOW);
    expect(ids(await oldest())).toEqual(ids(sent));
  });
});
