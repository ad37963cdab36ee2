import type { JobTable } from '@ticket-check/runtime';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createJobs } from './jobs.ts';
import type { Store } from './store.ts';
import { describeEachWay } from './testing/describe-each-engine.ts';
import { marksMigrations } from './testing/marks.ts';
import { OtherProcess } from './testing/other-process.ts';

const PATIENT = { timeout: 60_000, interval: 10 };

describeEachWay('a job', (engine) => {
  let ours: JobTable;
  let others: JobTable;

  beforeEach(async () => {
    const url = await engine.url();
    ours = createJobs(await engine.open(marksMigrations, url));
    // A SQLite database is served by one process, so there it is another part of the same.
    others = engine.engine === 'sqlite' ? ours : createJobs(await engine.open(marksMigrations, url));
  });

  test('is held by one at a time, each of a name of its own', async () => {
    const { promise: ended, resolve: end } = Promise.withResolvers<string>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const first = ours.alone('cinema 1', () => {
      begin();
      return ended;
    });
    await begun;
    expect(await others.alone('cinema 1', async () => 'second')).toBeNull();
    expect(await ours.alone('cinema 1', async () => 'second')).toBeNull();
    expect(await others.alone('cinema 2', async () => 'elsewhere')).toBe('elsewhere');
    end('first');
    expect(await first).toBe('first');
    expect(await others.alone('cinema 1', async () => 'third')).toBe('third');
  });

  test('is released if the work fails', async () => {
    const failing = ours.alone('cinema 1', () => Promise.reject(new Error('no line')));
    await expect(failing).rejects.toThrow('no line');
    expect(await others.alone('cinema 1', async () => 'next')).toBe('next');
  });

  test('is given to one of many that want it in the same moment', async () => {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    let under = 0;
    const works = Array.from({ length: 40 }, (_, n) =>
      (n % 2 === 0 ? ours : others).alone('cinema 1', async () => {
        under += 1;
        await ended;
        return 'done';
      }),
    );
    const refused = works.map((work) => work.then((result) => result === null));
    await vi.waitFor(async () => {
      const known = await Promise.all(refused.map((answer) => Promise.race([answer, Promise.resolve(false)])));
      expect(known.filter(Boolean)).toHaveLength(39);
    }, PATIENT);
    expect(under).toBe(1);
    end();
    expect((await Promise.all(works)).filter((result) => result === 'done')).toHaveLength(1);
  });

  test('keeps when it last ran to its end, why it failed since, and when it runs next', async () => {
    const find = async () => (await others.list()).find(({ name }) => name === 'purge');
    await ours.note('purge', { at: 1000, error: null, nextAt: 2000 });
    expect(await find()).toEqual({ name: 'purge', lastRunAt: 1000, lastError: null, nextRunAt: 2000, owner: null });
    await ours.note('purge', { at: 2000, error: 'no disk', nextAt: 3000 });
    expect(await find()).toMatchObject({ lastRunAt: 1000, lastError: 'no disk', nextRunAt: 3000 });
    await ours.note('purge', { at: 3000, error: null, nextAt: 4000 });
    expect(await find()).toMatchObject({ lastRunAt: 3000, lastError: null });
    await ours.retain(['fetch', 'purge']);
    expect(await find()).toBeDefined();
    await ours.retain(['fetch']);
    expect(await find()).toBeUndefined();
  });

  if (engine.engine === 'sqlite') return;

  test('shows the process that has it, and its runs also when nobody has it', async () => {
    const noted = { name: 'sync', lastRunAt: 1000, lastError: null, nextRunAt: 2000 };
    await ours.alone('jobs', async () => {
      await ours.note('sync', { at: 1000, error: null, nextAt: 2000 });
      expect(await others.list()).toEqual([{ ...noted, owner: expect.any(String) }]);
    });
    expect(await others.list()).toEqual([{ ...noted, owner: null }]);
  });

  describe('of several processes', () => {
    let url: string;
    let store: Store<unknown>;
    let other: OtherProcess;

    beforeAll(async () => {
      other = await OtherProcess.start();
    });
    afterAll(() => other.kill());
    beforeEach(async () => {
      url = await engine.url();
      store = await engine.open(marksMigrations, url);
    });

    const endOf = async (db: Kysely<unknown>) =>
      (await sql<{ endsAt: number }>`select owned_until as ends_at from job`.execute(db)).rows[0]?.endsAt ?? 0;

    test('is renewed also where much of the same process waits for a connection', async () => {
      const ownedMs = 2000;
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      let isLost = false;
      const working = createJobs(store, { ownedMs }).alone('cinema 1', (signal) => {
        signal.addEventListener('abort', () => {
          isLost = true;
        });
        return ended;
      });
      const beside = await engine.open(marksMigrations, url);
      await vi.waitFor(async () => expect(await endOf(beside.db)).toBeGreaterThan(0), PATIENT);
      const waiting = Array.from({ length: 12 }, () =>
        store.transaction(async (trx) => {
          await sql`select 1`.execute(trx);
          await ended;
        }),
      );
      const first = await endOf(beside.db);
      await vi.waitFor(
        async () => expect(isLost || (await endOf(beside.db)) > first + 2 * ownedMs).toBe(true),
        PATIENT,
      );
      end();
      await Promise.all([working, ...waiting]);
      expect(isLost).toBe(false);
    });

    test('says where it was lost', async () => {
      const lost = createJobs(store, { ownedMs: 1500 }).alone(
        'cinema 1',
        (signal) => new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('lost'))),
      );
      await vi.waitFor(async () => expect(await endOf(store.db)).toBeGreaterThan(0), PATIENT);
      // As after a long pause of this process in which another took it.
      await sql`update job set owner = 'another', owned_until = owned_until + 60000`.execute(store.db);
      expect(await lost).toBe('lost');
      expect(await createJobs(store).alone('cinema 1', async () => 'not ours')).toBeNull();
    });

    test('is lost in time where the database does not answer, and renewed by one statement at a time', async () => {
      const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      const working = createJobs(store, { ownedMs: 1500 }).alone('cinema 1', (signal) => {
        signal.addEventListener('abort', () => lose());
        return ended;
      });
      await vi.waitFor(async () => expect(await endOf(store.db)).toBeGreaterThan(0), PATIENT);
      // A lock on the row keeps every renewal waiting.
      const blocker = await engine.open(marksMigrations, url);
      await blocker.transaction(async (trx) => {
        await sql`update job set owned_until = owned_until`.execute(trx);
        await lost;
        const { rows } = await sql`
          select 1 from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock' and query like '%insert into job%'
        `.execute(trx);
        expect(rows).toHaveLength(1);
        // Nor does it hold up who looks again.
        end();
        await working;
      });
      await vi.waitFor(async () => expect(await endOf(blocker.db)).toBe(0), PATIENT);
    });

    test('of a process that was killed ends by itself', async () => {
      expect(await other.ask({ do: 'own', url, name: 'cinema 1', ownedMs: 1500 })).toBe('held');
      const jobs = createJobs(store);
      expect(await jobs.alone('cinema 1', async () => 'taken over')).toBeNull();
      await other.kill();
      await vi.waitFor(
        async () => expect(await jobs.alone('cinema 1', async () => 'taken over')).toBe('taken over'),
        PATIENT,
      );
    });
  });
});
