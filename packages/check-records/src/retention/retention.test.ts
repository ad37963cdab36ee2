import {
  addSeconds,
  epochOf,
  parseCinemaCode,
  parseFilmTicketCode,
  parseWallClock,
  type RecordId,
} from '@ticket-check/protocol';
import { describeEachEngine, describePostgres, type TestEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, it } from 'vitest';
import { createRecordStore, type RecordStore } from '../store/record-store.ts';
import { makeMonths, monthlyTables, partitionOf } from '../tables/months.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import type { OwnStore } from '../tables/tables.ts';
import { plansOf } from '../testing/explain.ts';
import { openStore } from '../testing/open-records.ts';
import { CINEMA, makeRecord, makeRecords, undoing } from '../testing/records.ts';
import { createReversals } from '../undo/reversals.ts';
import { createRetention, type Retention } from './retention.ts';
import { ROWS_A_SLICE } from './walk.ts';

/** Three years after the month of the records that `makeRecord` makes. */
const NOW = parseWallClock('2029-12-01T20:00:00');
const MONTH = parseWallClock('2026-11-24T00:00:00');
const OTHER_CINEMA = parseCinemaCode('44019999');
const REFUSED = { errorCode: 'WRONG_LENGTH', errorMessage: 'ScreenCode must have 16 characters' };
const running = new AbortController().signal;

/** Records of as many tickets, one a second. */
const makeTickets = (count: number): ReceivedRecord[] =>
  makeRecords(count).map((record, n) => ({
    ...record,
    filmTicketCode: parseFilmTicketCode(String(n).padStart(16, '0')),
  }));

/** Where the records are on PostgreSQL: in the partition of their month, or outside the months. */
type Place = 'month' | 'rest';

describeEachEngine('retention of what is in no month', (engine) => holds(engine, 'rest'));
describePostgres('retention of a month', (engine) => holds(engine, 'month'));

function holds(engine: TestEngine, place: Place): void {
  const size = ROWS_A_SLICE[engine.engine];
  let store: OwnStore;
  let records: RecordStore;
  let retention: Retention;
  const keep = (batch: readonly ReceivedRecord[], forward = false) => records.keep(batch, { forward });
  const terms = (now = NOW) => retention.terms(epochOf(now), { at: now });
  const purge = (now = NOW) => retention.purge(terms(now), running);
  const left = async () => {
    const rows = await store.db.selectFrom('checkRecord').select('recordId').orderBy('recordId').execute();
    return rows.map(({ recordId }) => recordId as RecordId);
  };
  const dropMonths = async () => {
    for (const { table, months } of await monthlyTables(store)) {
      for (const month of months) await store.db.schema.dropTable(partitionOf(table, month)).execute();
    }
  };
  const idsOf = (batch: readonly ReceivedRecord[]) => batch.map(({ recordId }) => recordId).sort();
  const deliver = async (now = NOW, cinemas = [CINEMA, OTHER_CINEMA]) => {
    for (const cinemaCode of cinemas) {
      await records.outbox.confirm((await records.outbox.oldest(cinemaCode, 1000)).complete, now);
    }
  };

  beforeEach(async () => {
    store = await openStore(engine);
    await (place === 'month' ? store.transaction((trx) => makeMonths(trx, engine.engine, MONTH)) : dropMonths());
    records = createRecordStore(store);
    retention = createRetention(store, { months: 36, resendDays: 3 });
  });

  it('purges what is older, sent and settled, slice by slice, and counts it', async () => {
    const old = makeTickets(450);
    const young = makeRecord(1000, { receivedAt: addSeconds(NOW, -86_400) });
    await keep([...old, young]);
    expect(await retention.hasAny(terms())).toBe(true);
    const expected = { gone: { checkRecords: 450 }, stayed: { LATER: 1 }, oldest: old[0]!.checkTime, stopped: false };
    expect(await retention.survey(terms())).toEqual(expected);
    expect(await left()).toHaveLength(451);

    expect(await purge()).toEqual(expected);
    expect(await left()).toEqual([young.recordId]);
    expect(await retention.oldest()).toBe(young.checkTime);
    expect(await retention.hasAny(terms())).toBe(false);
    expect(await purge()).toMatchObject({ gone: {} });
  });

  it('keeps what was checked, received or shown at the cutoff or later', async () => {
    const [at, before] = [terms().cutoff, addSeconds(terms().cutoff, -1)];
    const [gone, ...later] = [{}, { checkTime: at }, { receivedAt: at }, { startTime: at }].map((changes, n) =>
      makeRecord(n, { checkTime: before, receivedAt: before, startTime: before, ...changes }),
    );
    await keep([gone!, ...later]);
    // Of a month that is not over nothing is looked at.
    const expected = { gone: { checkRecords: 1 }, stayed: { LATER: place === 'month' ? 1 : 2 } };
    expect(await retention.survey(terms())).toMatchObject(expected);
    expect(await purge()).toMatchObject(expected);
    expect(await left()).toEqual(idsOf(later));
  });

  it('keeps waiting, parked and quarantined records, and every entry of a ticket that has two', async () => {
    const [waiting, parked, aside, first, gone] = makeTickets(5);
    await keep([waiting!, parked!], true);
    const waits = (await records.outbox.oldest(CINEMA, 10)).complete.find(
      ({ record }) => record.recordId === parked!.recordId,
    );
    await records.outbox.park([{ ...waits!, ...REFUSED }], NOW, NOW);
    const second = { ...first!, recordId: makeRecord(0).recordId, checkTime: addSeconds(first!.checkTime, 1) };
    await keep([{ ...aside!, quarantine: 'CODE_NOT_GENUINE' }, first!, second, gone!]);
    const stayed = { UNSENT: 2, QUARANTINED: 1, DOUBLE: 2 };
    expect(await purge()).toMatchObject({ gone: { checkRecords: 1 }, stayed });
    expect(await left()).toEqual(idsOf([waiting!, parked!, aside!, first!, second]));
    // Nothing of that changes however long it lasts.
    expect(await purge(parseWallClock('2099-01-01T12:00:00'))).toMatchObject({ gone: {}, stayed });
  });

  it('purges what undoes an entry with its record; what undoes a record that never came stays', async () => {
    const [undone, aside, never] = makeTickets(3) as [ReceivedRecord, ReceivedRecord, ReceivedRecord];
    await keep([undone, { ...aside, quarantine: 'CODE_NOT_GENUINE' }]);
    const reversals = createReversals(store);
    await reversals.keep([undoing(undone), undoing(aside), undoing(never)], { maxOfTicket: 16, forward: true });
    const expected = { gone: { checkRecords: 1, reversals: 1 }, stayed: { QUARANTINED: 1 } };
    expect(await retention.survey(terms())).toMatchObject(expected);
    expect(await purge()).toMatchObject(expected);
    expect((await reversals.list(10)).map(({ reverses }) => reverses).sort()).toEqual(idsOf([aside, never]));
  });

  it('keeps a record until upstream has what undid it lately, or refuses it', async () => {
    const [delivered, refused, untold] = makeTickets(3) as [ReceivedRecord, ReceivedRecord, ReceivedRecord];
    await keep([delivered, refused, untold]);
    const reversals = createReversals(store);
    const lately = [delivered, refused, untold].map((record) => undoing(record, { receivedAt: NOW }));
    await reversals.keep(lately, { maxOfTicket: 16, forward: true });
    const waiting = async (of: ReceivedRecord) => [(await reversals.waitingFor(of.recordId))!];
    await reversals.noteOutcome(await waiting(delivered), { at: NOW });
    await reversals.noteOutcome(await waiting(refused), { errorCode: 'WRONG_LENGTH' });
    expect(await purge()).toMatchObject({ gone: { checkRecords: 2, reversals: 2 }, stayed: { UNTOLD: 1 } });
    expect(await left()).toEqual([untold.recordId]);
    await reversals.noteOutcome(await waiting(untold), { at: NOW });
    expect(await purge()).toMatchObject({ gone: { checkRecords: 1, reversals: 1 }, stayed: {} });
  });

  it('does not take a ticket for settled whose other entry came late, or lies in another slice', async () => {
    const old = makeTickets(300);
    const late = { ...old[0]!, recordId: makeRecord(0).recordId, checkTime: NOW, receivedAt: NOW };
    const far = { ...old[1]!, recordId: makeRecord(0).recordId, checkTime: addSeconds(old[299]!.checkTime, 60) };
    await keep([...old, late, far]);
    expect(await purge()).toMatchObject({ gone: { checkRecords: 298 }, stayed: { DOUBLE: 3 } });
    expect(await left()).toEqual(idsOf([old[0]!, old[1]!, late, far]));
  });

  it('keeps what a restored upstream may want again: what was delivered in the last days, however old', async () => {
    const batch = makeTickets(10);
    const elsewhere = makeRecord(20, { cinemaCode: OTHER_CINEMA, ticketInfoCode: 'x' });
    await keep(batch.slice(0, 5));
    await keep([...batch.slice(5), elsewhere], true);
    await deliver(addSeconds(NOW, -86_400), [CINEMA]);
    await deliver(addSeconds(NOW, -5 * 86_400), [OTHER_CINEMA]);
    expect(await purge()).toMatchObject({ gone: { checkRecords: 6 }, stayed: { MAY_BE_SENT_AGAIN: 5 } });
    expect(await left()).toEqual(idsOf(batch.slice(5)));
    // All that resending wants is there.
    expect(await records.outbox.resendSince(addSeconds(NOW, -3 * 86_400))).toBe(5);
    await deliver(NOW);
    const later = addSeconds(NOW, 5 * 86_400);
    expect(await purge(later)).toMatchObject({ gone: { checkRecords: 5 }, stayed: {} });
    expect(await records.outbox.resendSince(addSeconds(later, -3 * 86_400))).toBe(0);
  });

  it('purges the log of deliveries except the last days', async () => {
    const batch = makeTickets(3);
    const days = ['2026-11-30T21:00:00', '2026-12-01T05:00:00', '2026-12-01T21:00:00'].map(parseWallClock);
    for (const [n, day] of days.entries()) {
      await keep([batch[n]!], true);
      await deliver(day);
    }
    // Of a clock that was behind when the day began.
    const odd = { deliveredOn: '2020-01-01', cinemaCode: CINEMA, oldestCheckTime: NOW, lastDeliveredAt: NOW };
    await store.db.insertInto('delivery').values(odd).execute();
    expect(await purge()).toMatchObject({ gone: { checkRecords: 3, deliveries: 1 } });
    const rows = await store.db.selectFrom('delivery').select('deliveredOn').execute();
    expect(rows.map(({ deliveredOn }) => deliveredOn).sort()).toEqual(['2020-01-01', '2026-12-01']);
  });

  it('goes on where a purge was stopped', async () => {
    // What is in no month is gone through first, and a month goes as a whole.
    const first = place === 'month' ? 0 : size;
    await keep(makeTickets(500));
    const stopping = new AbortController();
    stopping.abort();
    const { gone, stopped } = await retention.purge(terms(), stopping.signal);
    expect([gone.checkRecords ?? 0, stopped]).toEqual([first, true]);
    expect((await purge()).gone.checkRecords ?? 0).toBe(500 - first);
    expect(await left()).toEqual([]);
  });

  // On SQLite a command may be at it beside the service.
  it('deletes and counts each row once where two purge at once', async () => {
    await keep(makeTickets(900));
    const other = createRetention(store, { months: 36, resendDays: 3 });
    const purges = await Promise.all([purge(), other.purge(terms(), running)]);
    expect(purges.reduce((sum, { gone }) => sum + (gone.checkRecords ?? 0), 0)).toBe(900);
    expect(await left()).toEqual([]);
  });

  it('purges what belongs to records in their transaction: where it cannot, they stay', async () => {
    await keep(makeTickets(3));
    const isUndone = { table: 'reversal', kind: 'undone' };
    const failing = createRetention(store, { months: 36, resendDays: 3, beside: [{ table: 'missing' }, isUndone] });
    await expect(failing.purge(terms(), running)).rejects.toThrow('missing');
    expect(await left()).toHaveLength(3);
  });

  if (engine.engine === 'sqlite') {
    it('reads a slice by an index', async () => {
      await keep(makeTickets(size + 1));
      const plans = await plansOf(store, (asked) =>
        createRetention(asked, { months: 36, resendDays: 3 }).survey(terms()),
      );
      const slices = plans.filter((plan) => plan.includes('as "reason"'));
      expect(slices).toHaveLength(2);
      for (const plan of slices) expect(plan).toContain('SEARCH given USING INDEX check_record_day');
    });
  }
}
