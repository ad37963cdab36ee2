// @module-tag service
import { parseWallClock, wallClockAt } from '@ticket-check/protocol';
import { renewGeneration } from '@ticket-check/storage';
import { describeSqlite } from '@ticket-check/storage/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importFile } from '../intake/import-file.ts';
import { cinemaKind, refundKind } from '../intake/kinds.ts';
import { CINEMA, CINEMAS, makeTicket, NOW, OTHER_CINEMA } from '../testing/test-cinema.ts';
import { type Caller, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

const refundTime = parseWallClock('2026-11-24T10:00:00');
const refundOf = (number: number, changes: Parameters<typeof makeTicket>[1] = {}) => ({
  ...makeTicket(number, changes),
  refundTime,
});
const wireRefund = ({ cinemaCode, filmTicketCode, startTime }: ReturnType<typeof refundOf>) => ({
  CinemaCode: cinemaCode,
  FilmTicketCode: filmTicketCode,
  StartTime: startTime,
});
const told = (refund: ReturnType<typeof refundOf>) => ({ ...wireRefund(refund), Kind: 'refunded' });

describeSqlite('ListChanges of the national platform', ({ url }) => {
  let platform: TestPlatform;
  let caller: Caller;
  let source: Caller;

  beforeAll(async () => {
    platform = await startTestPlatform(await url());
    caller = await platform.issue('platform-a', { cinemaCodes: [CINEMA] });
    source = await platform.issue('source', { role: 'data-source' });
    await platform.take(cinemaKind, CINEMAS);
  });
  afterAll(() => platform.close());

  const list = (query: Record<string, unknown>) => caller.data('ListChanges', query);

  it('tells each refund of the cinemas of the account once, however it was imported', async () => {
    const begun = await list({ Cursor: '' });
    expect(begun).toEqual({ Changes: [], Cursor: expect.any(String), More: false, AsOf: expect.any(String) });
    const [byApi, byFile, elsewhere] = [refundOf(1), refundOf(2), refundOf(3, { cinemaCode: OTHER_CINEMA })];
    const rows = [byApi, elsewhere].map((each) => ({ ...wireRefund(each), RefundTime: refundTime }));
    expect(await source.data('ImportRefunds', { Refunds: rows })).toMatchObject({ Imported: 2 });
    const line = JSON.stringify({ ...wireRefund(byFile), RefundTime: refundTime });
    const file = async function* () {
      yield Buffer.from(`${line}\n`);
    };
    const intake = { store: platform.store, now: () => NOW };
    await importFile(refundKind, intake, { name: 'refunds', rereadable: true, read: file, close: async () => {} });
    // What was placed is shared for a moment among all who ask.
    await expect.poll(async () => (await list({ Cursor: begun.Cursor })).Changes).toHaveLength(2);
    const next = await list({ Cursor: begun.Cursor });
    expect(next.Changes).toEqual(expect.arrayContaining([told(byApi), told(byFile)]));
    expect(next).toMatchObject({ More: false, AsOf: wallClockAt(NOW) });
    expect((await list({ Cursor: next.Cursor })).Changes).toEqual([]);
    expect((await list({ Cursor: '' })).Changes).toEqual(expect.arrayContaining([told(byApi), told(byFile)]));
  });

  it('refuses a cinema of others, and a cursor that it never gave', async () => {
    expect(await list({ Cursor: '', CinemaCodes: [OTHER_CINEMA] })).toMatchObject({ ErrorCode: 'CINEMA_NOT_ALLOWED' });
    const made = (text: string) => Buffer.from(text).toString('base64url');
    const { generation } = platform.store;
    const forged = ['x', made('x'), made(`${generation} all f -1`), made(`${generation} all b 0 never - 0`)];
    for (const cursor of forged) {
      expect([cursor, await list({ Cursor: cursor })]).toEqual([
        cursor,
        { ErrorCode: 'INVALID_QUERY', ErrorMessage: 'Cursor must be empty, or the Cursor of an earlier page' },
      ]);
    }
    expect(await list({ Cursor: made(`${generation} all f 0`) })).toMatchObject({ ErrorCode: 'CURSOR_UNKNOWN' });
  });

  it('asks a reader of other cinemas, or of a backup that was restored, to begin again', async () => {
    const { Cursor } = await list({ Cursor: '' });
    expect(await list({ Cursor, CinemaCodes: [CINEMA] })).toMatchObject({ More: false });
    const all = await platform.issue('platform-b');
    expect(await all.data('ListChanges', { Cursor })).toMatchObject({ ErrorCode: 'CURSOR_UNKNOWN' });
    await renewGeneration(platform.store.db, wallClockAt(NOW));
    await expect.poll(() => list({ Cursor })).toMatchObject({ ErrorCode: 'CURSOR_UNKNOWN' });
    expect((await list({ Cursor: '' })).Changes).toHaveLength(2);
  });

  it('says that there are more only with something new, while thousands are imported', async () => {
    const imported = Array.from({ length: 5000 }, (_, n) => refundOf(1000 + n));
    let { Cursor } = await list({ Cursor: '' });
    await platform.take(refundKind, imported);
    const told: Record<string, unknown>[] = [];
    let pages = 0;
    while (told.length < imported.length) {
      const page = await list({ Cursor });
      const changes = page.Changes as Record<string, unknown>[];
      if (page.More) pages += 1;
      if (page.More) expect(changes).not.toEqual([]);
      told.push(...changes);
      Cursor = page.Cursor;
    }
    expect(pages).toBeLessThanOrEqual(6);
    const codes = told.map((change) => change.FilmTicketCode);
    expect(codes.toSorted()).toEqual(imported.map(({ filmTicketCode }) => filmTicketCode).toSorted());
  });
});
