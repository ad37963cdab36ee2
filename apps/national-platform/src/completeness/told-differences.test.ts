import { parseCinemaCode, parseFilmTicketCode, parseRecordId, parseWallClock } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import type { NationalTables } from '../database.ts';
import { nationalMigrations } from '../migrations.ts';
import { forgetFormer, forgetSome } from './former-comparisons.ts';
import { createRoomForDifferences, insertDifferences } from './told-differences.ts';

const CINEMA = parseCinemaCode('31012345');

describeEachEngine('differences that platforms told', ({ open }) => {
  async function start() {
    const store = await open<NationalTables>(nationalMigrations);
    const told = (count: number) =>
      Array.from({ length: count }, () => ({
        kind: 'missing-upstream' as const,
        recordId: parseRecordId('019a0000-0000-7000-8000-000000000001'),
        filmTicketCode: parseFilmTicketCode('7777777777777777'),
        startTime: parseWallClock('2026-11-24T19:30:00'),
        checkTime: parseWallClock('2026-11-24T19:10:00'),
        errorCode: null,
        elements: [],
      }));
    const of = (username: string, businessDate: string, time = '06:00:00') => ({
      ...{ username, businessDate, cinemaCode: CINEMA },
      countedAt: `${businessDate}T${time}`,
    });
    return {
      store,
      of,
      tell: (username: string, businessDate: string, count: number, time?: string) =>
        insertDifferences(store, store.db, of(username, businessDate, time), { before: 0, differences: told(count) }),
      kept: () =>
        store.db
          .selectFrom('toldDifference')
          .select((eb) => ['username', 'businessDate', eb.fn.countAll().as('count')])
          .groupBy(['username', 'businessDate'])
          .orderBy('username')
          .orderBy('businessDate')
          .execute(),
    };
  }

  it('of an account make room for later ones, the oldest dates first, and those of others stay', async () => {
    const { store, of, tell, kept } = await start();
    await tell('vendor-a', '2026-11-22', 600);
    await tell('vendor-a', '2026-11-24', 900);
    await tell('vendor-b', '2026-11-20', 900);
    const makeRoom = createRoomForDifferences(store, { max: 1000, countedEvery: 400 });
    const others = { username: 'vendor-b', businessDate: '2026-11-20', count: 900 };
    await makeRoom(of('vendor-a', '2026-11-25'), 100);
    expect(await kept()).toEqual([{ username: 'vendor-a', businessDate: '2026-11-24', count: 900 }, others]);
    // Counted again once so many more were let in, and not before.
    await tell('vendor-a', '2026-11-25', 100);
    await makeRoom(of('vendor-a', '2026-11-26'), 300);
    await tell('vendor-a', '2026-11-26', 300);
    expect((await kept()).map(({ count }) => count)).toEqual([900, 100, 300, 900]);
    await makeRoom(of('vendor-a', '2026-11-27'), 100);
    expect(await kept()).toEqual([
      { username: 'vendor-a', businessDate: '2026-11-24', count: 500 },
      { username: 'vendor-a', businessDate: '2026-11-25', count: 100 },
      { username: 'vendor-a', businessDate: '2026-11-26', count: 300 },
      others,
    ]);
  });

  it('of the comparison that is being told stay, however old its date', async () => {
    const { store, of, tell, kept } = await start();
    await tell('vendor-a', '2026-11-22', 600);
    await tell('vendor-a', '2026-11-23', 600);
    await tell('vendor-a', '2026-11-24', 600);
    const makeRoom = createRoomForDifferences(store, { max: 1000, countedEvery: 100 });
    await makeRoom(of('vendor-a', '2026-11-23'), 100);
    const stays = { username: 'vendor-a', businessDate: '2026-11-23', count: 600 };
    expect(await kept()).toEqual([stays, { username: 'vendor-a', businessDate: '2026-11-24', count: 300 }]);
    await makeRoom(of('vendor-a', '2026-11-23'), 1000);
    expect(await kept()).toEqual([stays]);
  });

  it('of former comparisons go a slice at a time, and those that stand or are being told stay', async () => {
    const { store, of, tell } = await start();
    const [day, other] = ['2026-11-23', '2026-11-24'] as const;
    for (const time of ['04:00:00', '05:00:00', '05:30:00', '06:00:00', '07:00:00']) {
      await tell('vendor-a', day, 600, time);
      await tell('vendor-a', other, 600, time);
    }
    const toldDay = ({ countedAt, ...key }: ReturnType<typeof of>, comparedAt: string | null) => ({
      ...{ ...key, countedAt, comparedAt, toldAt: countedAt, hours: null },
      ...{ entries: 600, delivered: 600, overrides: 0, undone: 0 },
    });
    // Compared by a clock that was ahead, and never compared to the end.
    const rows = [
      toldDay(of('vendor-a', day, '05:00:00'), `${day}T06:00:00`),
      toldDay(of('vendor-a', other, '07:00:00'), null),
    ];
    await store.db.insertInto('toldDay').values(rows).execute();
    const kept = async (date: string) => {
      const counts = await store.db
        .selectFrom('toldDifference')
        .select((eb) => ['countedAt', eb.fn.countAll<number>().as('count')])
        .where('businessDate', '=', date)
        .groupBy('countedAt')
        .orderBy('countedAt')
        .execute();
      return counts.map(({ countedAt, count }) => [countedAt.slice(11, 16), Number(count)]);
    };
    expect(await forgetSome(store, { username: 'vendor-a', businessDate: day, cinemaCode: CINEMA })).toBe(500);
    expect(await kept(day)).toEqual([
      ['04:00', 100],
      ['05:00', 600],
      ['05:30', 600],
      ['06:00', 600],
      ['07:00', 600],
    ]);
    await forgetFormer(store, new AbortController().signal);
    expect(await kept(day)).toEqual([
      ['05:00', 600],
      ['06:00', 600],
    ]);
    expect(await kept(other)).toEqual([['07:00', 600]]);
  });
});
