import { sql } from 'kysely';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { DuePart } from './migrate.ts';
import type { Migrations } from './migrations.ts';
import { lookAtStore, openStore, type Store } from './store.ts';
import { describeEachWay, describePostgres } from './testing/index.ts';
import { expand, SEAT_MIGRATIONS, type SeatDatabase, takeSeat, type Version } from './testing/versions.ts';

const ROWS = 2500;
const PATIENT = { timeout: 60_000, interval: 20 };
const unstopped = () => new AbortController().signal;

describeEachWay('two versions of a program', ({ engine, encryptionKey, url }) => {
  async function database() {
    const at = await url();
    const closing: Store<SeatDatabase>[] = [];
    async function serve(version: Version, serves = true): Promise<Store<SeatDatabase>> {
      const store = await openStore<SeatDatabase>({
        url: at,
        encryptionKey,
        migrations: SEAT_MIGRATIONS[version],
        serves,
      });
      closing.push(store);
      return store;
    }
    const look = <T>(version: Version, run: Parameters<typeof lookAtStore<T>>[1]) =>
      lookAtStore({ url: at, encryptionKey, migrations: SEAT_MIGRATIONS[version] }, run);
    return {
      url: at,
      serve,
      look,
      plan: (version: Version) => look(version, (migrator) => migrator.plan()),
      [Symbol.asyncDispose]: async () => {
        for (const store of closing) await store.close();
      },
    };
  }

  async function fill(store: Store<SeatDatabase>, from = 1): Promise<void> {
    const rows = Array.from({ length: ROWS }, (_, n) => ({ seat: from + n, taker: 1, label: `seat ${from + n}` }));
    await store.db.insertInto('seat').values(rows).execute();
  }

  const unnamed = async (store: Store<SeatDatabase>) =>
    (await store.db.selectFrom('seat').select('seat').where('caption', 'is', null).execute()).length;

  const outline = (parts: readonly DuePart[]) => parts.map(({ step, part }) => `${step} ${part}`);

  test('serve side by side until a contract step has run, which waits for the older one', async () => {
    await using at = await database();
    const first = await at.serve('label');
    await fill(first);
    // A command, which is no process that serves.
    const second = await at.serve('both', false);
    await takeSeat(first, 'label', 9001);
    await takeSeat(second, 'both', 9002);
    if (engine === 'postgres') {
      const third = await at.serve('caption');
      await third.migrator.advance(unstopped());
      const { processes } = await at.look('caption', (migrator) => migrator.compatibility());
      expect(processes.map(({ step }) => step)).toEqual(['0001', '0003']);
      const plan = await at.plan('caption');
      const older = { process: processes[0]?.process, step: '0001' };
      expect(plan).toEqual([
        {
          step: '0002',
          kind: 'expand',
          part: 'backfill',
          of: 'seat',
          locks: [],
          rows: ROWS + 2,
          seconds: expect.any(Number),
          blockedBy: [older],
        },
        {
          step: '0003',
          kind: 'contract',
          part: 'run',
          locks: ['seat'],
          rows: ROWS + 2,
          seconds: 0,
          blockedBy: [older, { backfill: '0002', rows: 0 }],
        },
      ]);
      await third.close();
    }
    for (const version of ['label', 'both'] as const) await (await at.serve(version)).close();
    await first.close();
    const third = await at.serve('caption');
    await takeSeat(third, 'caption', 9003);
    await third.migrator.advance(unstopped());
    expect(await at.plan('caption')).toEqual([]);
    expect(await unnamed(third)).toBe(0);
    await expect(sql`select label from seat`.execute(third.db)).rejects.toThrow(/label/);
    await expect(at.serve('both')).rejects.toMatchObject({
      code: 'NEWER_DATA',
      message: expect.stringMatching(/knows the migration 0003.+up to 0002/),
    });
    const refused = await at.look('both', (migrator) => migrator.compatibility());
    expect(refused).toMatchObject({ compatible: false, reason: { code: 'NEWER_DATA' }, readableSince: '0003' });
    await third.close();
    const migrations: Migrations = {
      ...SEAT_MIGRATIONS.caption,
      '0004': { kind: 'expand', locks: [], async run() {} },
    };
    await (await openStore({ url: at.url, encryptionKey, migrations })).close();
    const served = await at.look('caption', (migrator) => migrator.compatibility());
    expect(served).toMatchObject({ compatible: true, newest: '0003', steps: ['0001', '0002', '0003', '0004'] });
    await at.serve('caption');
  });

  test('have rows filled again that an older one wrote after a backfill', async () => {
    await using at = await database();
    const both = await at.serve('both');
    await both.migrator.advance(unstopped());
    await both.close();
    const older = await at.serve('label');
    await takeSeat(older, 'label', 1);
    expect(outline(await at.plan('caption'))).toEqual(['0002 backfill', '0003 run']);
    await older.close();
    const newer = await at.serve('caption');
    await newer.migrator.advance(unstopped());
    expect(await unnamed(newer)).toBe(0);
    expect(await at.plan('caption')).toEqual([]);
  });

  test('learn from a plan what is due, and the plan changes nothing', async () => {
    await using at = await database();
    const first = await at.serve('label');
    await fill(first);
    await first.close();
    const blockers =
      engine === 'sqlite'
        ? [{ backfill: '0002', rows: 0 }]
        : [{ index: 'seat_by_caption' }, { index: 'seat_by_names' }, { backfill: '0002', rows: 0 }];
    for (let look = 0; look < 2; look += 1) {
      const plan = await at.plan('caption');
      expect(plan.map(({ step, part, rows, blockedBy }) => ({ step, part, rows, blockedBy }))).toEqual([
        { step: '0002', part: 'run', rows: ROWS, blockedBy: [] },
        { step: '0002', part: 'index', rows: ROWS, blockedBy: [] },
        { step: '0002', part: 'index', rows: ROWS, blockedBy: [] },
        { step: '0002', part: 'backfill', rows: ROWS, blockedBy: [] },
        { step: '0003', part: 'run', rows: ROWS, blockedBy: blockers },
      ]);
    }
  });

  test('wait for the older one to end where the newer creates what it cannot read', async () => {
    await using at = await database();
    const older = await at.serve('label');
    const migrations: Migrations = { ...SEAT_MIGRATIONS.label, '0002': async () => {} };
    const newer = { url: at.url, encryptionKey, migrations };
    await expect(openStore(newer)).rejects.toMatchObject({ code: 'OLDER_PROCESS' });
    await older.close();
    await (await openStore(newer)).close();
  });
});

describePostgres('a later step', ({ open, url }) => {
  const seats = async (store: Store<SeatDatabase>, count: number) =>
    sql`insert into seat (seat, taker, label) select n, 1, 'seat ' || n from generate_series(1, ${count}::int) n`.execute(
      store.db,
    );

  test('outruns no process that an outage kept from renewing, and only one that stays away', async () => {
    const at = { url: await url(), serves: true };
    const older = await openStore<SeatDatabase>({ ...at, migrations: SEAT_MIGRATIONS.label });
    onTestFinished(() => older.close());
    const newer = await openStore<SeatDatabase>({ ...at, migrations: SEAT_MIGRATIONS.caption });
    onTestFinished(() => newer.close());
    const clock = performance.now.bind(performance);
    let shift = 0;
    const shifted = vi.spyOn(performance, 'now').mockImplementation(() => clock() + shift);
    onTestFinished(() => shifted.mockRestore());
    const lapse = (step: string) =>
      sql`update store_process set alive_until = 0 where step <= ${step}`.execute(newer.db);
    const left = async () => {
      await newer.migrator.advance(unstopped());
      return (await newer.migrator.plan()).map(({ step }) => step);
    };
    const renewFor = async (seconds: number) => {
      for (let passed = 0; passed < seconds; passed += 10) {
        shift += 10_000;
        await newer.migrator.renew();
      }
    };
    await renewFor(60);
    await lapse('0003');
    shift += 40_000;
    expect(await left()).toEqual(['0003']);
    await newer.migrator.renew();
    expect(await left()).toEqual(['0003']);
    await older.migrator.renew();
    await lapse('0001');
    await renewFor(20);
    expect(await left()).toEqual(['0003']);
    await renewFor(20);
    expect(await left()).toEqual([]);
    await expect(older.migrator.renew()).rejects.toMatchObject({ code: 'NEWER_DATA' });
  });

  test('goes on with a backfill where a process was killed', async () => {
    const at = await url();
    await seats(await open<SeatDatabase>(SEAT_MIGRATIONS.label, at), ROWS);
    const store = await open<SeatDatabase>(SEAT_MIGRATIONS.both, at);
    const filled = async () =>
      (await store.db.selectFrom('seat').select('seat').where('caption', 'is not', null).execute()).length;
    const stopping = new AbortController();
    const stopped = store.migrator.advance(stopping.signal);
    await vi.waitFor(async () => expect(await filled()).toBeGreaterThan(0), PATIENT);
    stopping.abort();
    await stopped;
    const before = await filled();
    expect(before).toBeLessThan(ROWS);
    expect((await store.migrator.plan()).map(({ part, rows }) => ({ part, rows }))).toEqual([
      { part: 'backfill', rows: ROWS - before },
    ]);
    // What a slice has passed is not looked at again.
    await sql`update seat set caption = null where seat = 1`.execute(store.db);
    await store.migrator.advance(unstopped());
    expect(await filled()).toBe(ROWS - 1);
    expect(await store.migrator.plan()).toEqual([]);
  });

  test('builds an index again that a killed build left invalid', async () => {
    const at = await url();
    const first = await open<SeatDatabase>(SEAT_MIGRATIONS.label, at);
    await seats(first, 10);
    const store = await open<SeatDatabase>(SEAT_MIGRATIONS.both, at);
    const failing = sql`create unique index concurrently seat_by_caption on seat ((1))`.execute(store.db);
    await expect(failing).rejects.toThrow(/duplicate|unique/);
    await store.migrator.advance(unstopped());
    const { rows } = await sql`
      select indisvalid as valid, pg_get_indexdef(indexrelid) as definition from pg_index
      where indexrelid = 'seat_by_caption'::regclass
    `.execute(store.db);
    expect(rows).toEqual([{ valid: 1, definition: expect.stringContaining('(caption, seat)') }]);
  });

  test('makes an index of a partitioned table partition by partition', async () => {
    const at = await url();
    const creation: Migrations = {
      '0001': async (db) => {
        await sql`create table seat (seat bigint primary key, taker bigint, label text) partition by range (seat)`.execute(
          db,
        );
        for (const [from, to] of [
          [0, 10],
          [10, 20],
        ])
          await sql`create table ${sql.ref(`seat_${from}`)} partition of seat for values from (${sql.lit(from)}) to (${sql.lit(to)})`.execute(
            db,
          );
      },
    };
    await seats(await open<SeatDatabase>(creation, at), 19);
    const store = await open<SeatDatabase>({ ...creation, '0002': expand }, at);
    await store.migrator.advance(unstopped());
    expect(await store.migrator.plan()).toEqual([]);
    expect(await store.db.selectFrom('seat').select('seat').where('caption', 'is', null).execute()).toEqual([]);
  });

  test('lets others pass while it waits for a table', async () => {
    const at = await url();
    const first = await open<SeatDatabase>(SEAT_MIGRATIONS.label, at);
    await seats(first, 10);
    const reader = await open<SeatDatabase>(SEAT_MIGRATIONS.label, at);
    const { promise: held, resolve: hold } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const reading = reader.transaction(async (trx) => {
      await trx.selectFrom('seat').select('seat').execute();
      hold();
      await released;
    });
    await held;
    const opening = open<SeatDatabase>(SEAT_MIGRATIONS.both, at);
    const isWaiting = async () => {
      const { rows } = await sql`select 1 from pg_locks where relation = 'seat'::regclass and not granted`.execute(
        first.db,
      );
      expect(rows).toHaveLength(1);
    };
    await vi.waitFor(isWaiting, PATIENT);
    // Behind it in the queue, but answered before the reader has ended.
    await takeSeat(first, 'label', 11);
    release();
    await reading;
    await takeSeat(await opening, 'both', 12);
  });
});
