import { createRecordStore, type RecordStore } from '@ticket-check/check-records';
import { type FilmCode, parseWallClock } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, it } from 'vitest';
import { type NationalStore, type NationalTables, nationalMigrations } from '../database.ts';
import { importRows } from '../intake/import-rows.ts';
import { cinemaKind, filmKind, refundKind, screenKind, ticketKind } from '../intake/kinds.ts';
import { CINEMA, makeTicket, makeUkey, NOW, receivedRecord, SCREEN } from '../testing/test-cinema.ts';
import { createTicketLookup, type TicketLookup } from './get-ticket-info.ts';

const ukey = makeUkey();

describeEachEngine('createTicketLookup', ({ open }) => {
  let store: NationalStore;
  let recordStore: RecordStore;
  let ticketOf: TicketLookup;
  const intake = () => ({ store, now: () => NOW });

  beforeEach(async () => {
    store = await open<NationalTables>(nationalMigrations);
    recordStore = createRecordStore(store);
    ticketOf = createTicketLookup(store, recordStore);
    await importRows(cinemaKind, intake(), [{ cinemaCode: CINEMA, cinemaName: '示例影城' }]);
  });

  it('takes names from the imported names, also for tickets that were imported before them', async () => {
    const ticket = makeTicket(1, { screenName: '旧厅名' });
    await importRows(ticketKind, intake(), [ticket]);
    await importRows(screenKind, intake(), [{ cinemaCode: CINEMA, screenCode: SCREEN, screenName: '7号激光厅' }]);
    await importRows(filmKind, intake(), [{ filmCode: '001102582019' as FilmCode, filmName: '示例影片' }]);
    expect(await ticketOf(ticket)).toMatchObject({ screenName: '7号激光厅', filmName: '示例影片' });
  });

  it('knows no ticket that was not imported, also where a refund or a record names it', async () => {
    const ticket = makeTicket(1);
    await importRows(refundKind, intake(), [{ ...ticket, refundTime: parseWallClock('2026-11-24T10:00:00') }]);
    await recordStore.keep([receivedRecord(ticket, ukey, 1)], { forward: false });
    expect(await ticketOf(ticket)).toBeNull();
    await importRows(ticketKind, intake(), [ticket]);
    expect(await ticketOf(ticket)).toMatchObject({
      checkStatus: 'Yes',
      refundStatus: 'Yes',
      refundTime: '2026-11-24T10:00:00',
    });
    expect(await ticketOf({ ...ticket, startTime: parseWallClock('2026-11-24T19:30:01') })).toBeNull();
  });

  it('finds several at once, each for the one who asked', async () => {
    const [sold, refunded, entered] = [makeTicket(1), makeTicket(2, { rowNum: 2 }), makeTicket(3, { rowNum: 3 })];
    await importRows(ticketKind, intake(), [sold, refunded, entered]);
    await importRows(refundKind, intake(), [{ ...refunded, refundTime: parseWallClock('2026-11-24T10:00:00') }]);
    await recordStore.keep([receivedRecord(entered, ukey, 1)], { forward: false });
    expect(await Promise.all([sold, makeTicket(9), refunded, entered, sold].map(ticketOf))).toMatchObject([
      { rowNum: 8, refundStatus: 'No', checkStatus: 'No' },
      null,
      { rowNum: 2, refundStatus: 'Yes' },
      { rowNum: 3, checkStatus: 'Yes' },
      { rowNum: 8 },
    ]);
  });
});
