import {
  type FilmCode,
  parseFen,
  parsePublicKey,
  parseWallClock,
  type TicketRow,
  wallClockAt,
} from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, it } from 'vitest';
import { type NationalStore, type NationalTables, nationalMigrations } from '../database.ts';
import {
  CINEMA,
  CINEMAS,
  countRows,
  hexForm,
  makeTicket,
  makeUkey,
  NOW,
  OTHER_CINEMA,
  SCREEN,
} from '../testing/test-cinema.ts';
import { importRows } from './import-rows.ts';
import { cinemaKind, filmKind, publicKeyKind, type RowKind, refundKind, screenKind, ticketKind } from './kinds.ts';

describeEachEngine('importRows', ({ open }) => {
  let store: NationalStore;
  const take = <Row>(kind: Pick<RowKind<Row>, 'name' | 'write'>, ...rows: Row[]) =>
    importRows(kind, { store, now: () => NOW }, rows);
  const refundOf = ({ cinemaCode, filmTicketCode, startTime }: TicketRow, time: string) => ({
    cinemaCode,
    filmTicketCode,
    startTime,
    refundTime: parseWallClock(time),
  });
  const count = (table: Parameters<typeof countRows>[1]) => countRows(store, table);

  beforeEach(async () => {
    store = await open<NationalTables>(nationalMigrations);
    await take(cinemaKind, ...CINEMAS);
  });

  it('keeps the counts of each day for a month, and counts no row of a refused request', async () => {
    const rows = (at: number, row: TicketRow) => importRows(ticketKind, { store, now: () => at }, [row]);
    await rows(NOW, makeTicket(1));
    await rows(NOW + 1000, makeTicket(1));
    const unknown = { ...makeTicket(2), cinemaCode: '99999999' as TicketRow['cinemaCode'] };
    await expect(rows(NOW, unknown)).rejects.toThrow('names no cinema');
    const counts = () => store.db.selectFrom('intakeCount').selectAll().where('kind', '=', 'tickets').execute();
    const day = { source: '', imported: 1, unchanged: 1, lastAt: wallClockAt(NOW + 1000), refused: 0 };
    expect(await counts()).toMatchObject([day]);
    const later = () => NOW + 32 * 86_400_000;
    const origin = { source: 'box-office', datetime: wallClockAt(later()), limitedTo: '', signature: Buffer.from('1') };
    const again = () => importRows(ticketKind, { store, now: later }, [makeTicket(3)], origin);
    await again();
    // The same request once more.
    await again();
    expect(await counts()).toMatchObject([{ source: 'box-office', imported: 1, unchanged: 0 }]);
  });

  it('counts new and changed rows as imported and equal ones as unchanged', async () => {
    expect(await take(ticketKind, makeTicket(1), makeTicket(2))).toEqual({ imported: 2, unchanged: 0 });
    expect(await take(ticketKind, makeTicket(1), makeTicket(2), makeTicket(3))).toEqual({ imported: 1, unchanged: 2 });
    const dearer = makeTicket(2, { price: parseFen(5000), screenName: '8号厅' });
    expect(await take(ticketKind, dearer, makeTicket(3))).toEqual({ imported: 1, unchanged: 1 });
    const rows = await store.db.selectFrom('ticket').selectAll().orderBy('filmTicketCode').execute();
    expect(rows.map(({ price, screenName }) => [price, screenName])).toEqual([
      [4500, ''],
      [5000, '8号厅'],
      [4500, ''],
    ]);
  });

  it('takes the later of two rows with the same key in one request', async () => {
    expect(
      await take(
        filmKind,
        { filmCode: '001102582019' as FilmCode, filmName: '旧名' },
        { filmCode: '001102582019' as FilmCode, filmName: '新名' },
      ),
    ).toEqual({ imported: 1, unchanged: 1 });
    expect(await store.db.selectFrom('film').select(['filmCode', 'filmName']).execute()).toEqual([
      { filmCode: '001102582019', filmName: '新名' },
    ]);
  });

  it('tells tickets apart by cinema and start time as well', async () => {
    const tickets = [
      makeTicket(1),
      makeTicket(1, { cinemaCode: OTHER_CINEMA }),
      makeTicket(1, { startTime: parseWallClock('2026-11-25T19:30:00') }),
    ];
    expect(await take(ticketKind, ...tickets)).toEqual({ imported: 3, unchanged: 0 });
  });

  it('keeps a refund that comes before its ticket, and keeps it when the ticket is imported again', async () => {
    const ticket = makeTicket(1);
    expect(await take(refundKind, refundOf(ticket, '2026-11-24T10:00:00'))).toEqual({ imported: 1, unchanged: 0 });
    await take(ticketKind, ticket);
    await take(ticketKind, { ...ticket, price: parseFen(100) });
    expect(await count('refund')).toBe(1);
  });

  it('keeps the latest time of a refund, whatever the order of imports', async () => {
    const ticket = makeTicket(1);
    await take(refundKind, refundOf(ticket, '2026-11-24T10:00:00'), refundOf(ticket, '2026-11-24T09:00:00'));
    expect(await take(refundKind, refundOf(ticket, '2026-11-24T08:00:00'))).toEqual({ imported: 0, unchanged: 1 });
    expect(await take(refundKind, refundOf(ticket, '2026-11-24T11:00:00'))).toEqual({ imported: 1, unchanged: 0 });
    const [refund] = await store.db.selectFrom('refund').selectAll().execute();
    expect(refund?.refundTime).toBe('2026-11-24T11:00:00');
  });

  it('refuses all rows where one is of an unknown cinema, and names it', async () => {
    const stranger = { cinemaCode: '99999999' as typeof CINEMA };
    const refusal = { code: 'CINEMA_UNKNOWN', status: 400, details: { index: 1 } };
    await expect(take(ticketKind, makeTicket(1), makeTicket(2, stranger))).rejects.toMatchObject(refusal);
    const screen = { cinemaCode: CINEMA, screenCode: SCREEN, screenName: '7号厅' };
    await expect(take(screenKind, screen, { ...screen, ...stranger })).rejects.toMatchObject(refusal);
    const refund = refundOf(makeTicket(1), '2026-11-24T10:00:00');
    await expect(take(refundKind, refund, { ...refund, ...stranger })).rejects.toMatchObject(refusal);
    const [key, other] = [makeUkey().row, { ...makeUkey().row, ...stranger }];
    await expect(take(publicKeyKind, key, other)).rejects.toMatchObject(refusal);
    expect(await Promise.all([count('ticket'), count('screen'), count('refund'), count('publicKey')])).toEqual([
      0, 0, 0, 0,
    ]);
  });

  it('knows a public key again in another form', async () => {
    const ukey = makeUkey();
    expect(await take(publicKeyKind, ukey.row)).toEqual({ imported: 1, unchanged: 0 });
    const again = { ...ukey.row, ...parsePublicKey(hexForm(ukey)) };
    expect(await take(publicKeyKind, again, ukey.row)).toEqual({ imported: 0, unchanged: 2 });
  });

  it('refuses the modulus of another cinema, in an earlier import or in the same one', async () => {
    const { row } = makeUkey();
    const stolen = { ...row, cinemaCode: OTHER_CINEMA };
    const refusal = { code: 'KEY_OF_ANOTHER_CINEMA', details: { index: 1 } };
    await expect(take(publicKeyKind, row, stolen)).rejects.toMatchObject(refusal);
    expect(await count('publicKey')).toBe(0);
    await take(publicKeyKind, row);
    await expect(take(publicKeyKind, makeUkey().row, stolen)).rejects.toMatchObject(refusal);
    expect(await count('publicKey')).toBe(1);
  });

  it('refuses a 65th key of a cinema, in one import, in a later one and in two at the same moment', async () => {
    const { row } = makeUkey();
    const keys = (from: number, until: number, cinemaCode = CINEMA) =>
      Array.from({ length: until - from }, (_, index) => {
        const name = `${cinemaCode} ${from + index}`;
        return { ...row, cinemaCode, fingerprint: name, spki: name };
      });
    const refusal = { code: 'KEY_LIMIT', status: 400, details: { element: 'CinemaCode', index: 1 } };
    const others = keys(0, 1, OTHER_CINEMA);
    await expect(take(publicKeyKind, ...others, ...keys(0, 65))).rejects.toMatchObject(refusal);
    expect(await count('publicKey')).toBe(0);
    await take(publicKeyKind, ...keys(0, 63));
    const both = await Promise.allSettled([take(publicKeyKind, ...keys(63, 64)), take(publicKeyKind, ...keys(64, 65))]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(take(publicKeyKind, ...others, ...keys(65, 66))).rejects.toMatchObject(refusal);
    expect(await take(publicKeyKind, ...keys(0, 63), ...others)).toEqual({ imported: 1, unchanged: 63 });
    expect(await count('publicKey')).toBe(65);
  });

  it('lets only one of two cinemas have a modulus when both bring it at the same moment', async () => {
    const { row } = makeUkey();
    const outcomes = await Promise.allSettled([
      take(publicKeyKind, row),
      take(publicKeyKind, { ...row, cinemaCode: OTHER_CINEMA }),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await count('publicKey')).toBe(1);
  });

  it('gets through two imports of the same tickets that meet in opposite orders', async () => {
    const tickets = Array.from({ length: 300 }, (_, number) => makeTicket(number));
    const reversed = tickets.toReversed().map((ticket) => ({ ...ticket, rowNum: 1 }));
    await Promise.all([take(ticketKind, ...tickets), take(ticketKind, ...reversed)]);
    expect(await count('ticket')).toBe(300);
  });
});
