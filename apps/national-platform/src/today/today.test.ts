// @module-tag service
import type { JsonRequest, Reading } from '@ticket-check/admin';
import { createRecordStore } from '@ticket-check/check-records';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it, onTestFinished } from 'vitest';
import { cinemaKind, refundKind, ticketKind } from '../intake/kinds.ts';
import { CINEMA, CINEMAS, makeTicket, makeUkey, OTHER_CINEMA, receivedRecord } from '../testing/test-cinema.ts';
import { startTestPlatform } from '../testing/test-platform.ts';
import { readToday, todayPages } from './today.ts';

const MORNING = Date.parse('2026-11-25T09:00:00+08:00');
const LAST = '2026-11-24';

describeEachEngine('today at the national platform', ({ url }) => {
  it('names who is silent, which cinemas are below what is demanded, and what was sold, of the cinemas that may be seen', async () => {
    const platform = await startTestPlatform(await url());
    onTestFinished(() => platform.close());
    const { store } = platform;
    const now = () => MORNING;
    const ukey = makeUkey();
    expect((await readToday(store, now, 'all')).SetUp).toEqual({
      ...{ cinemas: false, tickets: false, platforms: false, records: false },
    });
    await platform.take(cinemaKind, CINEMAS);
    const tickets = [1, 2, 3].map((n) => makeTicket(n));
    const elsewhere = makeTicket(4, { cinemaCode: OTHER_CINEMA });
    await platform.take(ticketKind, [...tickets, elsewhere]);
    const [{ cinemaCode, filmTicketCode, startTime }] = tickets as [(typeof tickets)[0]];
    await platform.take(refundKind, [{ cinemaCode, filmTicketCode, startTime, refundTime: startTime }]);
    await platform.issue('vendor-a');
    await platform.issue('vendor-b');
    const records = [1, 2].map((n) => receivedRecord(makeTicket(n), ukey, n, { account: 'vendor-a' }));
    await createRecordStore(store).keep(records, { forward: false });
    const told = { username: 'vendor-a', countedAt: '2026-11-25T07:00:00', toldAt: '2026-11-25T07:00:00' };
    const toldOf = (businessDate: string, entries: number, delivered: number) => ({
      ...{ ...told, businessDate, cinemaCode: CINEMA, entries, delivered },
      ...{ hours: null, overrides: 0, undone: 0 },
    });
    await store.db
      .insertInto('toldDay')
      .values([
        toldOf(LAST, 4, 3),
        toldOf('2026-11-23', 9, 9),
        toldOf('2026-10-01', 1, 0),
        // Of the date under way, and of a date before it was over.
        toldOf('2026-11-25', 8, 1),
        { ...toldOf('2026-11-22', 7, 2), countedAt: '2026-11-22T23:00:00' },
      ])
      .execute();
    expect(await readToday(store, now, 'all')).toMatchObject({
      ...{ BusinessDate: '2026-11-25', Today: 0, LastDate: LAST, Sold: 3, Entries: 2, Completeness: 0.5 },
      Platforms: [
        { Username: 'vendor-b', Entries: 0, Completeness: null },
        { Username: 'vendor-a', Entries: 2, Completeness: 0.5 },
      ],
      BelowCount: 1,
      Below: [{ CinemaCode: CINEMA, Platform: 'vendor-a', Admitted: 4, Reached: 2, Sold: 2 }],
      SilentCount: 1,
      Silent: [{ CinemaCode: OTHER_CINEMA, Sold: 1 }],
      Trend: [
        { BusinessDate: '2026-11-23', Admitted: 9, Delivered: 9 },
        { BusinessDate: LAST, Admitted: 4, Delivered: 3 },
      ],
      SetUp: null,
    });
    expect(await readToday(store, now, [OTHER_CINEMA])).toMatchObject({
      ...{ Sold: 1, Entries: 0, Completeness: null, Platforms: [], Below: [], SilentCount: 1, Trend: [] },
    });
    // People with the same cinemas are given the same answer, and each has a bounded number of reads.
    const owners: string[] = [];
    const readFor: Reading['read'] = (owner, work) => {
      owners.push(owner);
      return work();
    };
    const [json] = todayPages(store, { now, read: readFor }).json ?? [];
    const ask = (actor: string, cinemaCodes: JsonRequest['cinemaCodes']) =>
      json?.handler({ actor, cinemaCodes } as JsonRequest);
    const [anna, bert] = [await ask('anna', [OTHER_CINEMA]), await ask('bert', [OTHER_CINEMA])];
    expect(bert).toBe(anna);
    expect(await ask('anna', [CINEMA])).not.toBe(anna);
    expect(owners).toEqual(['anna', 'bert', 'anna']);
  });
});
