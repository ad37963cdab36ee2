import { createRecordStore, type ReceivedRecord } from '@ticket-check/check-records';
import { addSeconds, parseRecordId, parseWallClock, type WallClock } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, it } from 'vitest';
import type { NationalStore, NationalTables } from '../database.ts';
import { nationalMigrations } from '../migrations.ts';
import { CINEMA, makeTicket, OTHER_CINEMA } from '../testing/test-cinema.ts';
import { countRecords, type ListedRecord, listRecords, type RecordFilter } from './list-records.ts';

const NINE = parseWallClock('2026-11-24T09:00:00');

function recordAt(number: number, checkTime: WallClock, changes: Partial<ReceivedRecord> = {}): ReceivedRecord {
  return {
    ...makeTicket(number),
    recordId: parseRecordId(`019ab000-0000-7000-8000-${String(number).padStart(12, '0')}`),
    ticketInfoCode: 'code',
    checkTime,
    source: 'platform-a',
    receivedAt: parseWallClock('2026-11-24T19:10:02'),
    quarantine: null,
    differences: [],
    ...changes,
  };
}

describeEachEngine('listRecords', ({ open }) => {
  let store: NationalStore;
  async function list(filter: RecordFilter = {}) {
    const records: ListedRecord[] = [];
    for await (const record of listRecords(store, filter)) records.push(record);
    return records;
  }

  beforeEach(async () => {
    store = await open<NationalTables>(nationalMigrations);
  });

  it('lists every record once, oldest check first, over several pages with equal times at their edges', async () => {
    const records = Array.from({ length: 2300 }, (_, number) =>
      recordAt(number, addSeconds(NINE, Math.floor(number / 700))),
    );
    await createRecordStore(store).keep(records.toReversed(), { forward: false });
    expect((await list()).map(({ recordId }) => recordId)).toEqual(records.map(({ recordId }) => recordId));
    expect(await list({ since: addSeconds(NINE, 2) })).toHaveLength(900);
    expect(await countRecords(store, {})).toEqual({ records: 2300, entries: 2300, quarantined: 0 });
    expect(await countRecords(store, { since: addSeconds(NINE, 3) })).toMatchObject({ records: 200 });
  });

  it('marks the first entry of a ticket, which a quarantined record never is', async () => {
    const { filmTicketCode } = makeTicket(1);
    await createRecordStore(store).keep(
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
    expect(await countRecords(store, { cinemaCode: CINEMA })).toEqual({ records: 3, entries: 2, quarantined: 1 });
  });
});
