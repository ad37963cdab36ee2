import { addSeconds, type FilmCode, parseFen, type WallClock, wallClockAt } from '@ticket-check/protocol';
import { describeEachEngine, describeSqlite } from '@ticket-check/storage/testing';
import fc from 'fast-check';
import { sql } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import { MAX_FILMS_OF_A_SOURCE } from '../cinemas/names.ts';
import { type NationalStore, type NationalTables, nationalMigrations } from '../database.ts';
import type { ImportOrigin } from '../imported-rows.ts';
import { CINEMA, makeTicket, NOW, OTHER_CINEMA, SCREEN } from '../testing/test-cinema.ts';
import { importRows } from './import-rows.ts';
import { cinemaKind, filmKind, type RowKind, screenKind, ticketKind } from './kinds.ts';

const START = wallClockAt(NOW);
const FILM = '001102582019' as FilmCode;

let signatures = 0;

/** The origin of a signed request of its own. */
function request(datetime: WallClock, limitedTo = ''): ImportOrigin {
  signatures += 1;
  return { source: limitedTo, datetime, limitedTo, signature: Buffer.from(`signature ${signatures}`) };
}

describeSqlite('films of a source that is limited to some cinemas', ({ open }) => {
  it('are limited in number, and films that it named before can be named again', async () => {
    const store = await open<NationalTables>(nationalMigrations);
    const film = (number: number) => ({ filmCode: String(number).padStart(12, '0') as FilmCode, filmName: '片' });
    const take = (limitedTo: string, ...rows: ReturnType<typeof film>[]) =>
      importRows(filmKind, { store, now: () => NOW }, rows, request(START, limitedTo));
    // All but two of what the source may name, and as many of another's and of all cinemas'.
    await sql`
      with recursive row (i) as (select 1 union all select i + 1 from row where i < ${sql.lit(MAX_FILMS_OF_A_SOURCE - 2)})
      insert into film (film_code, film_name, named_by, written_at)
      select substr(named_by, 1, 1) || i, '片', named_by, '' from row, (
        select 'source-a' as named_by union all select 'b source' union all select ''
      ) as source
    `.execute(store.db);
    expect(await take('source-a', film(1), film(1), film(2))).toEqual({ imported: 2, unchanged: 1 });
    const count = async () => (await store.db.selectFrom('film').select('filmCode').execute()).length;
    const before = await count();
    await expect(take('source-a', film(1), film(3))).rejects.toMatchObject({
      code: 'FILM_LIMIT',
      status: 400,
      details: { element: 'FilmCode', index: 1 },
    });
    expect(await count()).toBe(before);
    expect(await take('source-a', { ...film(2), filmName: '另名' })).toEqual({ imported: 1, unchanged: 0 });
    expect(await take('b source', film(3))).toMatchObject({ imported: 1 });
    expect(await take('', film(4))).toMatchObject({ imported: 1 });
    // A film of somebody else is none of its own.
    expect(await take('source-a', film(3), film(4))).toEqual({ imported: 0, unchanged: 2 });
  });
});

describeEachEngine('imports that come again or out of order', ({ engine, open }) => {
  let store: NationalStore;
  const take = <Row>(kind: Pick<RowKind<Row>, 'name' | 'write'>, rows: Row[], origin: ImportOrigin) =>
    importRows(kind, { store, now: () => NOW }, rows, origin);
  const filmName = async () => (await store.db.selectFrom('film').select('filmName').executeTakeFirst())?.filmName;
  const filmNamed = (name: string) => [{ filmCode: FILM, filmName: name }];

  beforeEach(async () => {
    store = await open<NationalTables>(nationalMigrations);
    const cinemas = [CINEMA, OTHER_CINEMA].map((cinemaCode) => ({ cinemaCode, cinemaName: '影城' }));
    await take(cinemaKind, cinemas, request(addSeconds(START, -60)));
  });

  it('end like the imports in order of their Datetime, arrival breaking ties', async () => {
    // An import: the second of its Datetime, the tickets it writes, and a value; then which imports are sent again and when.
    const imports = fc.array(
      fc.record({
        second: fc.integer({ min: 0, max: 3 }),
        tickets: fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { minLength: 1 }),
        value: fc.integer({ min: 1, max: 3 }),
      }),
      { minLength: 2, maxLength: 6 },
    );
    const replays = fc.array(fc.record({ which: fc.nat(), after: fc.nat() }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(imports, replays, async (given, again) => {
        await store.db.deleteFrom('ticket').execute();
        await store.db.deleteFrom('screen').execute();
        const requests = given.map((each) => ({ ...each, origin: request(addSeconds(START, each.second)) }));
        for (const [place, sent] of requests.entries()) {
          await carryOut(sent);
          for (const { which, after } of again) {
            const earlier = requests[which % requests.length]!;
            if (after % requests.length !== place || requests.indexOf(earlier) > place) continue;
            expect(await carryOut(earlier)).toEqual([0, 0]);
          }
        }
        const expected = new Map<number, number>();
        for (const { tickets, value } of requests.toSorted((a, b) => a.second - b.second)) {
          for (const ticket of tickets) expected.set(ticket, value);
        }
        expect(await stored()).toEqual([...expected].sort());
      }),
      // The order is decided above the database: there few runs show that it keeps it.
      { numRuns: engine === 'sqlite' ? 40 : 10 },
    );
  });

  async function carryOut({ tickets, value, origin }: { tickets: number[]; value: number; origin: ImportOrigin }) {
    const rows = tickets.map((ticket) => makeTicket(ticket, { price: parseFen(value * 100) }));
    const screens = [{ cinemaCode: CINEMA, screenCode: SCREEN, screenName: `${value}号厅` }];
    const ofScreens = { ...origin, signature: Buffer.from(`screens ${origin.signature}`) };
    const replies = [await take(ticketKind, rows, origin), await take(screenKind, screens, ofScreens)];
    return replies.map(({ imported }) => imported);
  }

  async function stored(): Promise<[number, number][]> {
    const rows = await store.db
      .selectFrom('ticket')
      .select(['filmTicketCode', 'price'])
      .orderBy('filmTicketCode')
      .execute();
    return rows.map(({ filmTicketCode, price }) => [Number(filmTicketCode.slice(1, 10)), price / 100]);
  }

  it('are remembered for as long as they could be sent again, and no longer', async () => {
    await take(filmKind, filmNamed('甲'), request(START));
    await take(filmKind, filmNamed('乙'), request(addSeconds(START, 7200)));
    const count = async () => (await store.db.selectFrom('importRequest').selectAll().execute()).length;
    expect(await count()).toBe(2);
    await take(filmKind, filmNamed('丙'), request(addSeconds(START, 7201)));
    expect(await count()).toBe(2);
  });

  it('are not shut out by what was imported while the clock stood years ahead', async () => {
    const years = 5 * 365 * 86_400;
    await take(filmKind, filmNamed('甲'), request(addSeconds(START, years)));
    expect(await take(filmKind, filmNamed('乙'), request(START))).toEqual({ imported: 1, unchanged: 0 });
    expect(await filmName()).toBe('乙');
    // An unchanged row takes the later date, so that the order counts from then on.
    await store.db
      .updateTable('film')
      .set({ writtenAt: addSeconds(START, years) })
      .execute();
    expect(await take(filmKind, filmNamed('乙'), request(addSeconds(START, 2)))).toEqual({ imported: 0, unchanged: 1 });
    expect(await take(filmKind, filmNamed('丙'), request(addSeconds(START, 1)))).toEqual({ imported: 0, unchanged: 1 });
    expect(await take(filmKind, filmNamed('丁'), request(addSeconds(START, 3)))).toEqual({ imported: 1, unchanged: 0 });
  });

  it('let a limited source name new films and its own, and no film that another named', async () => {
    const at = (seconds: number, limitedTo: string) => request(addSeconds(START, seconds), limitedTo);
    expect(await take(filmKind, filmNamed('甲'), at(1, 'source-a'))).toMatchObject({ imported: 1 });
    expect(await take(filmKind, filmNamed('乙'), at(2, 'source-a'))).toMatchObject({ imported: 1 });
    expect(await take(filmKind, filmNamed('丙'), at(3, 'source-b'))).toMatchObject({ imported: 0, unchanged: 1 });
    expect(await filmName()).toBe('乙');
    expect(await take(filmKind, filmNamed('丁'), at(3, ''))).toMatchObject({ imported: 1 });
    expect(await take(filmKind, filmNamed('乙'), at(4, 'source-a'))).toMatchObject({ imported: 0, unchanged: 1 });
    expect(await take(filmKind, filmNamed('丁'), at(9, 'source-a'))).toMatchObject({ imported: 0, unchanged: 1 });
    expect(await take(filmKind, filmNamed('戊'), at(5, ''))).toMatchObject({ imported: 1 });
    expect(await filmName()).toBe('戊');
  });
});
