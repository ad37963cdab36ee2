import { addSeconds, parseCinemaCode, parseRecordId, parseWallClock, type WallClock } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, it } from 'vitest';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { openRecords, openStore } from '../testing/open-records.ts';
import { CINEMA, INCOMPLETE, makeRecord } from '../testing/records.ts';
import { type ListedRecord, type PageAfter, type RecordFilter, recordJson } from './list-records.ts';
import { createRecordStore, type RecordStore } from './record-store.ts';

const NINE = parseWallClock('2026-11-24T09:00:00');
const OTHER_CINEMA = parseCinemaCode('31012346');
const { ticketInfoCode } = makeRecord(0);

function recordAt(number: number, checkTime: WallClock, changes: Partial<ReceivedRecord> = {}): ReceivedRecord {
  const recordId = parseRecordId(`019ab000-0000-7000-8000-${String(number).padStart(12, '0')}`);
  return makeRecord(number, { recordId, ticketInfoCode, checkTime, ...changes });
}

describeEachEngine('the list of records', ({ open }) => {
  let store: RecordStore;
  async function list(filter: RecordFilter = {}) {
    const records: ListedRecord[] = [];
    for await (const record of store.list(filter)) records.push(record);
    return records;
  }

  beforeEach(async () => {
    store = createRecordStore(await openStore({ open }));
  });

  it('lists every record once, oldest check first, over several pages with equal times at their edges', async () => {
    const records = Array.from({ length: 2300 }, (_, number) =>
      recordAt(number, addSeconds(NINE, Math.floor(number / 700))),
    );
    await store.keep(records.toReversed(), { forward: false });
    expect((await list()).map(({ recordId }) => recordId)).toEqual(records.map(({ recordId }) => recordId));
    expect(await list({ since: addSeconds(NINE, 2) })).toHaveLength(900);
    expect(await store.count(undefined)).toEqual({ records: 2300, entries: 2300, quarantined: 0 });
    expect(await store.count(undefined, addSeconds(NINE, 3))).toMatchObject({ records: 200 });
  });

  it('marks the first entry of a ticket, which a quarantined record never is', async () => {
    const { filmTicketCode } = makeRecord(1);
    await store.keep(
      [
        recordAt(1, NINE, { quarantine: 'CODE_NOT_GENUINE' }),
        recordAt(2, addSeconds(NINE, 2), { filmTicketCode }),
        recordAt(3, addSeconds(NINE, 1), { filmTicketCode }),
        recordAt(4, NINE, { cinemaCode: OTHER_CINEMA }),
      ],
      { forward: false },
    );
    const brief = (await list()).map(({ recordId, first, quarantine }) => [
      Number(recordId.slice(-4)),
      first,
      quarantine,
    ]);
    expect(brief).toEqual([
      [1, false, 'CODE_NOT_GENUINE'],
      [4, true, null],
      [3, true, null],
      [2, false, null],
    ]);
    expect(await list({ cinemaCode: OTHER_CINEMA })).toHaveLength(1);
    expect(await store.count(CINEMA)).toEqual({ records: 3, entries: 2, quarantined: 1 });
  });

  it('prints every element of a record, and what the store knows besides', async () => {
    const record = makeRecord(1, { account: 'terminal-1', differences: ['ScreenCode', 'Price'], receivedAt: NINE });
    const incomplete = makeRecord(2, { ...INCOMPLETE, quarantine: 'CODE_NOT_GENUINE' });
    await store.keep([record, incomplete], { forward: false });
    const [complete = {}, blank] = (await list()).map((listed) => JSON.parse(JSON.stringify(recordJson(listed))));
    expect(complete).toEqual({
      RecordId: record.recordId,
      CinemaCode: '31012345',
      TicketInfoCode: record.ticketInfoCode,
      CheckTime: '2026-11-24T19:00:01',
      ScreenCode: '0003000000000000',
      ScreenName: '3号厅',
      FilmCode: '001102582026',
      FilmName: '流浪地球',
      SessionCode: 'S170000000000000',
      StartTime: '2026-11-24T19:30:00',
      TicketType: '网络售票',
      FilmTicketCode: '7777777777777771',
      RowNum: 7,
      ColumnNum: 12,
      Price: 45,
      Service: 3,
      Quarantined: false,
      ErrorCode: null,
      Differences: ['ScreenCode', 'Price'],
      First: true,
      Account: 'terminal-1',
      ReceivedAt: NINE,
    });
    expect(blank).toMatchObject({ TicketType: '', RowNum: 0, Quarantined: true, ErrorCode: 'CODE_NOT_GENUINE' });
    expect(Object.keys(blank)).toEqual(Object.keys(complete));
  });
});

const NOW = parseWallClock('2026-11-24T21:00:00');

/** A list, page by page. */
async function pages(list: (page: PageAfter) => Promise<ReceivedRecord[]>): Promise<ReceivedRecord[]> {
  const all: ReceivedRecord[] = [];
  for (let more = true; more; ) {
    const page = await list({ after: all.at(-1) ?? null, most: 2 });
    all.push(...page);
    more = page.length === 2;
  }
  return all;
}

describeEachEngine('incomplete records', (engine) => {
  it('are listed while they wait, and once sent only for a time after they came', async () => {
    const { records } = await openRecords(engine);
    // RecordIds rise, and what has the first of them came last: each list has its own order.
    const [first, second, third, fourth, old, ...others] = [1, 2, 3, 4, 5, 6, 7].map((n, index) =>
      makeRecord(n, {
        ...INCOMPLETE,
        receivedAt: addSeconds(NOW, index === 4 ? -3600 : 10 - index),
        quarantine: index === 5 ? 'CODE_NOT_GENUINE' : null,
        ...(index === 6 ? { ticketType: '网络售票' } : {}),
      }),
    ) as [ReceivedRecord, ReceivedRecord, ReceivedRecord, ReceivedRecord, ReceivedRecord];
    await records.keep([first, second, third, fourth, old, ...(others as ReceivedRecord[])], { forward: true });
    const { incomplete: waiting } = await records.outbox.oldest(CINEMA, 10);
    const waitingOf = (record: ReceivedRecord) =>
      waiting.find(({ record: { recordId } }) => recordId === record.recordId)!;
    await records.outbox.confirm([waitingOf(first), waitingOf(old)], NOW);
    await records.outbox.park([{ ...waitingOf(second), errorCode: 'X', errorMessage: '' }], NOW, NOW);

    expect(await pages(records.incompleteWaiting)).toEqual([second, third, fourth]);
    expect(await pages((page) => records.incompleteSince(NOW, page))).toEqual([fourth, third, second, first]);
  });
});
