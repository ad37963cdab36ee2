import {
  addSeconds,
  businessDate,
  parseBusinessDate,
  parseCinemaCode,
  parseRecordId,
  parseWallClock,
} from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, it } from 'vitest';
import type { RecordStore } from '../store/record-store.ts';
import type { OwnStore } from '../tables/tables.ts';
import { plansOf } from '../testing/explain.ts';
import { openRecords } from '../testing/open-records.ts';
import { makeRecord } from '../testing/records.ts';
import { loadEntriesBeside } from './entry-records.ts';

const LATER = parseWallClock('2026-11-24T19:20:00');
const EARLIER = parseWallClock('2026-11-24T19:10:00');

describeEachEngine('entries', (engine) => {
  let store: OwnStore;
  let records: RecordStore;
  const keep = (...batch: ReturnType<typeof makeRecord>[]) => records.keep(batch, { forward: false });

  beforeEach(async () => {
    ({ store, records } = await openRecords(engine));
  });

  it('answers the first entry of each ticket, in the order asked for', async () => {
    const [one, two, never] = [makeRecord(1), makeRecord(2), makeRecord(3)];
    await keep(one, two);
    expect(await records.entriesOf([two, never, one])).toMatchObject([
      { recordId: two.recordId, checkTime: two.checkTime, account: 'terminal-1', isDouble: false },
      null,
      { recordId: one.recordId },
    ]);
  });

  it('makes a record that arrives late the first when it was checked earlier', async () => {
    const later = makeRecord(1, { checkTime: LATER });
    const earlier = makeRecord(1, { checkTime: EARLIER, account: 'terminal-2' });
    await keep(later);
    await keep(earlier);
    expect(await records.entriesOf([later])).toMatchObject([
      { recordId: earlier.recordId, account: 'terminal-2', isDouble: true },
    ]);
  });

  it('lets the RecordId decide between two checks of the same second', async () => {
    const a = makeRecord(1, { recordId: parseRecordId('01930000-0000-7000-8000-00000000000a') });
    const b = makeRecord(1, { recordId: parseRecordId('01930000-0000-7000-8000-00000000000b') });
    await keep(b, a);
    expect(await records.entriesOf([a])).toMatchObject([{ recordId: a.recordId, isDouble: true }]);
  });

  it('reads two records of a ticket with many: its own and the first of the others', async () => {
    const many = Array.from({ length: 50 }, (_, n) => makeRecord(1, { checkTime: addSeconds(EARLIER, n) }));
    await keep(...many.toReversed(), makeRecord(2));
    const [first, second, own] = [many[0]!, many[1]!, many[20]!];
    const load = (...asked: { recordId: string }[]) =>
      loadEntriesBeside(
        { db: store.db, store },
        asked.map(({ recordId }) => ({ ...makeRecord(1), recordId })),
      );
    const ids = async (...asked: { recordId: string }[]) => (await load(...asked)).map(({ recordId }) => recordId);
    expect(await ids(own)).toEqual([own.recordId, first.recordId]);
    expect(await ids(first)).toEqual([first.recordId, second.recordId]);
    expect(await ids(makeRecord(2))).toEqual([first.recordId]);
    expect(await records.entriesOf([first])).toMatchObject([{ recordId: first.recordId, isDouble: true }]);
  });

  // PostgreSQL chooses by what a table holds.
  if (engine.engine === 'sqlite') {
    it('finds the own record of a ticket by its RecordId, and reads the entries only for the others', async () => {
      const [plan] = await plansOf(store, (asked) => loadEntriesBeside({ db: asked.db, store }, [makeRecord(1)]));
      expect(plan?.match(/check_record_entries/g)).toHaveLength(1);
    });
  }

  it('tells tickets of the same code apart by their start', async () => {
    const today = makeRecord(1);
    await keep(today);
    const tomorrow = { ...today, startTime: parseWallClock('2026-11-25T19:30:00') };
    expect(await records.entriesOf([tomorrow])).toEqual([null]);
  });

  it('lists tickets with more than one entry, each with all of them, the first one first', async () => {
    const second = makeRecord(1, { checkTime: LATER });
    const first = makeRecord(1, { checkTime: EARLIER });
    await keep(second, makeRecord(2), first);
    expect(await records.doubles(businessDate(LATER))).toEqual([[first, second]]);
    expect(await records.doubles(businessDate(LATER), parseCinemaCode('99999999'))).toEqual([]);
  });

  it('lists a double under each business date on which one of its entries was made, 05:59 belonging to the day before', async () => {
    const evening = makeRecord(1, { checkTime: LATER });
    const night = makeRecord(1, { checkTime: parseWallClock('2026-11-25T05:59:59') });
    const morning = makeRecord(2, { checkTime: parseWallClock('2026-11-25T06:00:00') });
    await keep(evening, night, morning, makeRecord(2, { checkTime: LATER }));
    const on = async (date: string) =>
      (await records.doubles(parseBusinessDate(date))).map(([first]) => first?.filmTicketCode);
    expect(await on('2026-11-24')).toEqual([evening.filmTicketCode, morning.filmTicketCode]);
    expect(await on('2026-11-25')).toEqual([morning.filmTicketCode]);
  });
});
