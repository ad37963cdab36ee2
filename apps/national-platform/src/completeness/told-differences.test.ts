import { parseCinemaCode, parseFilmTicketCode, parseRecordId, parseWallClock } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import type { NationalTables } from '../database.ts';
import { nationalMigrations } from '../migrations.ts';
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
    return {
      store,
      tell: (username: string, businessDate: string, count: number) =>
        insertDifferences(
          store,
          store.db,
          { username, businessDate, cinemaCode: CINEMA, countedAt: `${businessDate}T06:00:00` },
          { before: 0, differences: told(count) },
        ),
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
    const { store, tell, kept } = await start();
    await tell('vendor-a', '2026-11-22', 600);
    await tell('vendor-a', '2026-11-24', 900);
    await tell('vendor-b', '2026-11-20', 900);
    const makeRoom = createRoomForDifferences(store, { max: 1000, countedEvery: 400 });
    const others = { username: 'vendor-b', businessDate: '2026-11-20', count: 900 };
    await makeRoom('vendor-a', 100);
    expect(await kept()).toEqual([{ username: 'vendor-a', businessDate: '2026-11-24', count: 900 }, others]);
    // Counted again once so many more were let in, and not before.
    await tell('vendor-a', '2026-11-25', 100);
    await makeRoom('vendor-a', 300);
    await tell('vendor-a', '2026-11-26', 300);
    expect((await kept()).map(({ count }) => count)).toEqual([900, 100, 300, 900]);
    await makeRoom('vendor-a', 100);
    expect(await kept()).toEqual([
      { username: 'vendor-a', businessDate: '2026-11-24', count: 500 },
      { username: 'vendor-a', businessDate: '2026-11-25', count: 100 },
      { username: 'vendor-a', businessDate: '2026-11-26', count: 300 },
      others,
    ]);
  });
});
