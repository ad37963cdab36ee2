import {
  type CinemaCode,
  parseCinemaCode,
  parseFilmTicketCode,
  parseWallClock,
  type TicketChange,
} from '@ticket-check/protocol';
import { inOrder, mergeMigrations, type Store } from '@ticket-check/storage';
import { describeEachWay } from '@ticket-check/storage/testing';
import { type Kysely, sql } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import { type ChangeTables, changeMigrations, noteChange, notingRefundsIn, placeChanges } from './change-tables.ts';
import type { Place } from './serve-changes.ts';
import { purgeChanges, readPage } from './serve-changes.ts';

type Tables = ChangeTables & {
  refund: { startTime: string; cinemaCode: string; filmTicketCode: string; refundTime: string };
};

const SINCE = parseWallClock('2026-11-24T00:00:00');
const EARLIER = '2026-11-23T20:00:00';
const TONIGHT = parseWallClock('2026-11-24T20:00:00');

const migrations = mergeMigrations(changeMigrations, {
  '0001': (db) =>
    inOrder(
      db,
      sql`create table refund (
        start_time text, cinema_code text, film_ticket_code text, refund_time text not null,
        primary key (start_time, cinema_code, film_ticket_code)
      )`,
    ),
});

const noteRefunds = notingRefundsIn('refund');

const CINEMAS = ['31012345', '31012346'].map(parseCinemaCode);
const refundOf = (number: number, startTime: string = TONIGHT) => ({
  startTime,
  cinemaCode: CINEMAS[number % 2] ?? '',
  filmTicketCode: parseFilmTicketCode(String(number).padStart(16, '0')),
  refundTime: '2026-11-24T12:00:00',
});
const numberOf = ({ filmTicketCode }: { filmTicketCode: string }) => Number(filmTicketCode);
const range = (count: number, from = 0) => Array.from({ length: count }, (_, n) => from + n);

describeEachWay('the changes of tickets', (engine) => {
  let store: Store<Tables>;
  /** The store as another process opened it. */
  let other: Store<Tables>;
  beforeEach(async () => {
    const url = await engine.migratedUrl(migrations);
    store = await engine.open<Tables>(migrations, url);
    other = await engine.open<Tables>(migrations, url);
  });

  /** Adds refunds as a platform does, in a transaction. */
  async function add(trx: Kysely<Tables>, refunds: readonly Tables['refund'][]) {
    await noteRefunds({ db: trx.withTables<ChangeTables>(), store: store as Store<ChangeTables> }, refunds);
    await trx
      .insertInto('refund')
      .values(refunds)
      .onConflict((conflict) =>
        conflict
          .columns(['startTime', 'cinemaCode', 'filmTicketCode'])
          .doUpdateSet((eb) => ({ refundTime: eb.ref('excluded.refundTime') })),
      )
      .execute();
  }
  const keep = (refunds: readonly Tables['refund'][], at = store) => at.transaction((trx) => add(trx, refunds));
  const refund = (...numbers: number[]) => keep(numbers.map((number) => refundOf(number)));

  const headOf = async () =>
    (await store.db.selectFrom('changeHead').select('position').executeTakeFirstOrThrow()).position;

  async function beginning(): Promise<Place> {
    await placeChanges(store);
    return { position: 0, beginning: { until: await headOf(), since: SINCE } };
  }

  /** Reads on until there is nothing more, as a reader that is asked for its place again after each page. */
  async function readOn(from: Place, options: { cinemas?: CinemaCode[]; limit?: number; lookedThrough?: number } = {}) {
    const { cinemas, limit = 1000, lookedThrough } = options;
    const changes: TicketChange[] = [];
    let [place, pages] = [from, 0];
    for (;;) {
      await placeChanges(store);
      const page = await readPage(store, place, {
        cinemas: cinemas === undefined ? 'all' : new Set(cinemas),
        limit,
        head: await headOf(),
        lookedThrough,
      });
      expect(page.changes.length).toBeLessThanOrEqual(limit);
      changes.push(...page.changes);
      place = page.next;
      pages += 1;
      if (!page.more) return { changes, place, pages };
    }
  }

  it('are read in the order in which they were noted, each once', async () => {
    await refund(2);
    const first = await readOn(await beginning());
    expect(first.changes).toContainEqual({
      cinemaCode: CINEMAS[0],
      filmTicketCode: '0000000000000002',
      startTime: TONIGHT,
      kind: 'refunded',
    });
    expect(first.changes).toHaveLength(1);
    await refund(3);
    await placeChanges(store);
    await refund(1);
    const second = await readOn(first.place);
    expect(second.changes.map(numberOf)).toEqual([3, 1]);
    expect((await readOn(second.place)).changes).toEqual([]);
  });

  it('include what a transaction noted that began earlier and ended later than others', async () => {
    const { place } = await readOn(await beginning());
    const [hasNoted, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    // On SQLite one writes at a time: the one that began earlier then ends before the other begins.
    const late = store.transaction(async (trx) => {
      await add(trx, [refundOf(1)]);
      hasNoted.resolve();
      if (engine.engine === 'postgres') await mayEnd.promise;
    });
    await hasNoted.promise;
    await refund(2);
    const before = await readOn(place);
    mayEnd.resolve();
    await late;
    const after = await readOn(before.place);
    const seen = [...before.changes, ...after.changes].map(numberOf);
    expect(seen.toSorted()).toEqual([1, 2]);
    if (engine.engine === 'postgres') expect(before.changes.map(numberOf)).toEqual([2]);
  });

  it('are all read, each once, while a thousand are noted by two processes and readers begin again where they were', async () => {
    await refund(...range(200));
    const from = await beginning();
    const writing = (async () => {
      for (const round of range(80)) {
        const five = (from: number) => range(5, from).map((number) => refundOf(number));
        await Promise.all([keep(five(200 + round * 10)), keep(five(205 + round * 10), other)]);
      }
    })();
    const seen: number[] = [];
    let place = from;
    while (seen.length < 1000) {
      // Each round knows only its place, as after a restart.
      const round = await readOn(JSON.parse(JSON.stringify(place)), { limit: 70 });
      seen.push(...round.changes.map(numberOf));
      place = round.place;
    }
    await writing;
    seen.push(...(await readOn(place)).changes.map(numberOf));
    expect(seen).toHaveLength(1000);
    expect(new Set(seen).size).toBe(1000);
  });

  it('begin with sessions that may matter still', async () => {
    await keep([refundOf(1), refundOf(2, EARLIER), refundOf(3)]);
    const read = await readOn(await beginning(), { limit: 1 });
    expect(read.changes.map(numberOf).toSorted()).toEqual([1, 3]);
    expect(read.pages).toBe(2);
    // Followers get changes of earlier sessions too: the guest may have gone in before the refund.
    await keep([refundOf(5, EARLIER)]);
    expect((await readOn(read.place)).changes.map(numberOf)).toEqual([5]);
  });

  it.each([3, 5000])('are read for only some cinemas, looking through %i at a time', async (lookedThrough) => {
    await refund(...range(20));
    const options = { cinemas: [CINEMAS[1] as CinemaCode], limit: 2, lookedThrough };
    const begun = await readOn(await beginning(), options);
    expect(begun.changes.map(numberOf)).toEqual(range(10).map((n) => 2 * n + 1));
    await refund(...range(20, 20));
    const later = await readOn(begun.place, options);
    expect(later.changes.map(numberOf)).toEqual(range(10).map((n) => 2 * n + 21));
  });

  it('are read from the beginning of a few cinemas without looking through those of others', async () => {
    const all = range(40).map((number) => parseCinemaCode(String(31_020_000 + number)));
    const own = (cinema: CinemaCode, number: number) => ({ ...refundOf(number), cinemaCode: cinema });
    await keep(range(200).map((number) => own(all[number % 40] as CinemaCode, number)));
    const whole = await readOn(await beginning());
    expect(whole.changes).toHaveLength(200);
    for (const [count, limit] of [
      [1, 3],
      [2, 10],
      [8, 10],
      [33, 20],
    ] as const) {
      const cinemas = all.slice(0, count);
      const begun = await readOn(await beginning(), { cinemas, limit, lookedThrough: 24 });
      expect(begun.changes).toEqual(whole.changes.filter(({ cinemaCode }) => cinemas.includes(cinemaCode)));
      if (count <= 2) expect(begun.pages).toBe(Math.ceil(begun.changes.length / limit));
    }
  });

  it('show the last state of an e-ticket, and nothing that was rolled back', async () => {
    const ticket = refundOf(7) as unknown as TicketChange;
    const note = (kind: TicketChange['kind']) =>
      store.transaction((trx) => noteChange(trx.withTables<ChangeTables>(), { ...ticket, kind }));
    await note('eticket-live');
    await note('eticket-ended');
    const failed = store.transaction(async (trx) => {
      await noteChange(trx.withTables<ChangeTables>(), { ...ticket, kind: 'eticket-live' });
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    const begun = await readOn(await beginning());
    expect(begun.changes.map(({ kind }) => kind)).toEqual(['eticket-ended']);
    await note('eticket-live');
    expect((await readOn(begun.place)).changes.map(({ kind }) => kind)).toEqual(['eticket-live']);
  });

  it('are purged by their sessions, and places go on', async () => {
    await keep([...range(700).map((n) => refundOf(n, EARLIER)), refundOf(700)]);
    const { place } = await readOn(await beginning());
    expect(await purgeChanges(store, SINCE, new AbortController().signal)).toBe(700);
    expect((await readOn(await beginning())).changes.map(numberOf)).toEqual([700]);
    await refund(701);
    expect((await readOn(place)).changes.map(numberOf)).toEqual([701]);
  });
});
