import { createRecordStore, type ReceivedRecord, type RecordStore } from '@ticket-check/check-records';
import { type FilmCode, parseRecordId, parseWallClock, type TicketRow, UNTOLD_ORIGIN } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, it } from 'vitest';
import { type NationalStore, type NationalTables, nationalMigrations } from '../database.ts';
import { importRows } from '../intake/import-rows.ts';
import { cinemaKind, filmKind, refundKind, screenKind, ticketKind } from '../intake/kinds.ts';
import { CINEMA, makeTicket, makeUkey, NOW, SCREEN, ticketInfoCode } from '../testing/test-cinema.ts';
import { createTicketLookup, type TicketLookup } from './get-ticket-info.ts';

const ukey = makeUkey();

function recordOf(ticket: TicketRow, id: number, changes: Partial<ReceivedRecord> = {}): ReceivedRecord {
  return {
    ...ticket,
    recordId: parseRecordId(`019ab000-0000-7000-8000-${String(id).padStart(12, '0')}`),
    ticketInfoCode: ticketInfoCode(ticket, ukey),
    checkTime: parseWallClock('2026-11-24T19:10:00'),
    account: 'platform-a',
    ...UNTOLD_ORIGIN,
    receivedAt: parseWallClock('2026-11-24T19:10:02'),
    quarantine: null,
    differences: [],
    overriddenVerdict: null,
    ...changes,
  };
}

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

  it('answers a ticket as it was sold, not checked and not refunded', async () => {
    const ticket = makeTicket(1, { screenName: '票上的厅名', filmName: '票上的片名' });
    await importRows(ticketKind, intake(), [ticket]);
    expect(await ticketOf(ticket)).toEqual({
      ...ticket,
      cinemaName: '示例影城',
      checkStatus: 'No',
      refundStatus: 'No',
      refundTime: null,
    });
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
    await recordStore.keep([recordOf(ticket, 1)], { forward: false });
    expect(await ticketOf(ticket)).toBeNull();
    await importRows(ticketKind, intake(), [ticket]);
    expect(await ticketOf(ticket)).toMatchObject({
      checkStatus: 'Yes',
      refundStatus: 'Yes',
      refundTime: '2026-11-24T10:00:00',
    });
    expect(await ticketOf({ ...ticket, startTime: parseWallClock('2026-11-24T19:30:01') })).toBeNull();
  });

  it('makes an earlier record that arrives late the first entry', async () => {
    const ticket = makeTicket(1);
    await importRows(ticketKind, intake(), [ticket]);
    const late = recordOf(ticket, 2);
    await recordStore.keep([late], { forward: false });
    expect((await ticketOf(ticket))?.entry).toEqual({ recordId: late.recordId, checkTime: late.checkTime });
    const early = recordOf(ticket, 1, { checkTime: parseWallClock('2026-11-24T19:05:00') });
    await recordStore.keep([early], { forward: false });
    expect((await ticketOf(ticket))?.entry).toEqual({ recordId: early.recordId, checkTime: early.checkTime });
  });

  it('does not count a quarantined record as an entry', async () => {
    const ticket = makeTicket(1);
    await importRows(ticketKind, intake(), [ticket]);
    await recordStore.keep([recordOf(ticket, 1, { quarantine: 'CODE_NOT_GENUINE' })], { forward: false });
    expect(await ticketOf(ticket)).toMatchObject({ checkStatus: 'No' });
  });

  it('gives everyone who asks at the same moment their own answer', async () => {
    const tickets = Array.from({ length: 300 }, (_, number) => makeTicket(number, { rowNum: number }));
    await importRows(
      ticketKind,
      intake(),
      tickets.filter((_, number) => number % 3 !== 0),
    );
    const answers = await Promise.all([...tickets, ...tickets].map((ticket) => ticketOf(ticket)));
    for (const [place, answer] of answers.entries()) {
      const number = place % 300;
      expect(answer?.rowNum).toBe(number % 3 === 0 ? undefined : number);
    }
  });
});
