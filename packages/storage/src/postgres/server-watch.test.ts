// @module-tag postgres
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMetrics, type HealthCheck, type Service } from '@ticket-check/runtime';
import pg from 'pg';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { CurrentGeneration } from '../current-generation.ts';
import { serveStore } from '../serve-store.ts';
import { openStore, type Store } from '../store.ts';
import { type MarksDatabase, mark, marksMigrations } from '../testing/marks.ts';
import { movingAddress } from '../testing/moving-address.ts';
import {
  type PostgresServer,
  startFromBaseBackup,
  startLaggingStandby,
  startPostgres,
  startSynchronousStandby,
} from '../testing/postgres-process.ts';
import { startTransactionPooler } from '../testing/transaction-pooler.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const RENEWED_AT = '2026-11-24T20:00:00';

type Row = { generation?: string };

async function ask(url: string, ...statements: string[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Row[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

async function addressOf(server: PostgresServer) {
  const address = await movingAddress(server.url);
  onTestFinished(() => address.close());
  return { url: address.url, cut: address.cut, leadTo: (next: PostgresServer) => address.leadTo(next.url) };
}

type Opened = { onNewGeneration?: (current: CurrentGeneration) => void; acknowledgedFile?: string };

async function open(url: string, opened: Opened = {}): Promise<Store<MarksDatabase>> {
  const store = await openStore<MarksDatabase>({ url, migrations: marksMigrations, now: () => NOW, ...opened });
  onTestFinished(() => store.close());
  return store;
}

/** A process that writes one row and ends. */
async function work(url: string, acknowledgedFile: string, number: number, write = mark): Promise<string> {
  const store = await openStore<MarksDatabase>({ url, migrations: marksMigrations, acknowledgedFile });
  await write(store, number);
  await store.close();
  return store.generation;
}

function aDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ticket-check-watch-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

const numbers = async (store: Store<MarksDatabase>) =>
  (await store.db.selectFrom('mark').select('number').orderBy('number').execute()).map(({ number }) => number);

describe('a standby that lacks the last commits', () => {
  let primary: PostgresServer;

  beforeAll(async () => {
    primary = await startPostgres();
    return () => primary.stop();
  });

  beforeEach(() => ask(primary.url, 'drop schema public cascade', 'create schema public').then(() => {}));

  const waitForNobody = () =>
    ask(primary.url, `alter system set synchronous_standby_names = ''`, 'select pg_reload_conf()');

  async function standby(): Promise<PostgresServer> {
    const server = await startLaggingStandby(primary);
    onTestFinished(() => server.stop());
    return server;
  }

  test('begins a new generation once, in stores that are open and before they are answered', async () => {
    const address = await addressOf(primary);
    const told: string[] = [];
    const tell = { onNewGeneration: ({ generation }: CurrentGeneration) => void told.push(generation) };
    const store = await open(address.url, tell);
    const stores = [store, await open(address.url, tell), await open(address.url, tell)];
    const before = store.generation;
    await mark(store, 1);
    const next = await standby();
    await mark(store, 2);

    address.leadTo(next);
    // A standby is refused, or its promotion would pass unnoticed on the connections that it has.
    await expect
      .poll(() => numbers(store).catch((error: Error) => error))
      .toMatchObject({ code: 'CANNOT_OPEN', message: expect.stringContaining('standby') });
    await ask(next.url, 'select pg_promote()');

    const found = await Promise.all(stores.map((each) => numbers(each)));
    expect(found).toEqual([[1], [1], [1]]);
    const [row] = await ask(next.url, 'select generation, replaced, renewed_at from store_generation');
    expect(row).toEqual({ generation: expect.not.stringMatching(before), replaced: before, renewed_at: RENEWED_AT });
    for (const each of stores) await expect.poll(() => each.generation).toBe(row?.generation);

    await expect.poll(() => told).toEqual([row?.generation]);
    const again = await open(next.url, tell);
    expect(told).toHaveLength(1);
    expect(again.generation).toBe(row?.generation);
  });

  test('begins none where every commit waited for it, and then lacks nothing that was acknowledged', async () => {
    const address = await addressOf(primary);
    const next = await startSynchronousStandby(primary);
    onTestFinished(() => next.stop());
    const store = await open(address.url);
    const before = store.generation;
    const all = Array.from({ length: 50 }, (_, index) => index + 1);
    await Promise.all(all.map((number) => mark(store, number)));

    address.leadTo(next);
    await ask(next.url, 'select pg_promote()');
    await expect.poll(() => numbers(store).catch(() => 'dropped')).toEqual(all);
    expect([store.generation, (await open(next.url)).generation]).toEqual([before, before]);
  });

  test('begins one where the standby was cut off, and commits went on without it', async () => {
    const [address, link] = [await addressOf(primary), await addressOf(primary)];
    const next = await startSynchronousStandby(primary, link.url);
    onTestFinished(() => next.stop());
    const store = await open(address.url);
    const before = store.generation;
    await mark(store, 1);
    link.cut();
    await waitForNobody();
    await mark(store, 2);

    address.leadTo(next);
    await ask(next.url, 'select pg_promote()');
    await expect.poll(() => numbers(store).catch(() => 'dropped')).toEqual([1]);
    expect(store.currentGeneration()).toMatchObject({ replaces: [before], renewedAt: RENEWED_AT });
  });

  test('begins one where the standby has all of a transaction but its commit', async () => {
    const [address, link] = [await addressOf(primary), await addressOf(primary)];
    const next = await startSynchronousStandby(primary, link.url);
    onTestFinished(() => next.stop());
    const store = await open(address.url);
    const before = store.generation;
    await store.transaction(async (trx) => {
      await trx.insertInto('mark').values({ number: 1, processId: 0 }).execute();
      // Takes the insert to the standby.
      await ask(primary.url, 'create table other (a bigint)');
      link.cut();
      await waitForNobody();
    });

    address.leadTo(next);
    await ask(next.url, 'select pg_promote()');
    await expect.poll(() => numbers(store).catch(() => 'dropped')).toEqual([]);
    expect(store.generation).not.toBe(before);
  });

  test('begins one behind a pooler, whose connections outlive the failover, before a commit is acknowledged', async () => {
    const address = await addressOf(primary);
    const pooler = await startTransactionPooler(address.url);
    onTestFinished(() => pooler.close().then(() => {}));
    const store = await open(pooler.url);
    const before = store.generation;
    const next = await standby();
    await mark(store, 1);
    await ask(next.url, 'select pg_promote()');

    address.leadTo(next);
    const marking = () =>
      mark(store, 1).then(
        () => store.generation,
        () => 'dropped',
      );
    await expect.poll(marking).not.toBe('dropped');
    expect(store.generation).not.toBe(before);
    expect(await ask(next.url, 'select generation from store_generation')).toEqual([{ generation: store.generation }]);
  });

  test('begins one for a process that comes later and remembers more', async () => {
    const files = aDirectory();
    const [less, more] = [join(files, 'less'), join(files, 'more')];
    const link = await addressOf(primary);
    const next = await startSynchronousStandby(primary, link.url);
    onTestFinished(() => next.stop());
    const before = await work(primary.url, less, 1);
    link.cut();
    await waitForNobody();
    const outside = (store: Store<MarksDatabase>, number: number) =>
      store.db
        .insertInto('mark')
        .values({ number, processId: 0 })
        .execute()
        .then(() => {});
    expect(await work(primary.url, more, 2, outside)).toBe(before);
    await ask(next.url, 'select pg_promote()');

    const first = await open(next.url, { acknowledgedFile: less });
    expect(first.generation).toBe(before);
    const second = await open(next.url, { acknowledgedFile: more });
    expect(second.currentGeneration().replaces).toEqual([before]);
    await expect.poll(() => first.generation, { timeout: 5000 }).toBe(second.generation);
    // No second generation begins.
    await work(next.url, more, 3);
    expect((await open(next.url, { acknowledgedFile: more })).generation).toBe(second.generation);
  });

  test('begins one if no standby was synchronous, because a dead process may have known more', async () => {
    const files = aDirectory();
    const [survivor, killed] = [join(files, 'survivor'), join(files, 'killed')];
    const before = await work(primary.url, survivor, 1);
    await work(primary.url, killed, 2);
    const next = await standby();
    // What its file was to say of this is lost with it.
    await work(primary.url, join(files, 'lost'), 3);
    await ask(next.url, 'select pg_promote()');

    const store = await open(next.url, { acknowledgedFile: survivor });
    expect([await numbers(store), store.currentGeneration().replaces]).toEqual([[1, 2], [before]]);
    expect((await open(next.url, { acknowledgedFile: killed })).generation).toBe(store.generation);
  });

  test('begins one where nobody remembers anything, and where the role may not read where the timelines part', async () => {
    const files = aDirectory();
    const names = ['granted', 'refused'].map((name) => join(files, name));
    await ask(
      primary.url,
      'drop role if exists ordinary',
      `create role ordinary login password 'ordinary'`,
      'grant all on schema public to ordinary',
      'grant execute on function pg_read_file(text) to ordinary',
    );
    const asOrdinary = ({ url }: PostgresServer) => url.replace('postgres:postgres', 'ordinary:ordinary');
    const another = await standby();
    const next = await startSynchronousStandby(primary);
    onTestFinished(() => next.stop());
    const before = await work(asOrdinary(primary), names[0]!, 1);
    await work(asOrdinary(primary), names[1]!, 2);
    for (const { url } of [next, another]) await ask(url, 'select pg_promote()');

    expect(await work(asOrdinary(next), names[0]!, 3)).toBe(before);
    expect(await work(another.url, join(files, 'new'), 3)).not.toBe(before);
    await ask(next.url, 'revoke execute on function pg_read_file(text) from ordinary');
    expect(await work(asOrdinary(next), names[1]!, 4)).not.toBe(before);
  });
});

describe('a base backup that replaces the database', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres();
    return () => server.stop();
  });

  beforeEach(() => ask(server.url, 'drop schema public cascade', 'create schema public').then(() => {}));

  test('begins a new generation, also for a process that starts afterwards', async () => {
    const address = await addressOf(server);
    const acknowledgedFile = join(aDirectory(), 'acknowledged');
    const store = await open(address.url, { acknowledgedFile });
    const before = store.generation;
    await mark(store, 1);
    const [copy, another] = [await startFromBaseBackup(server), await startFromBaseBackup(server)];
    onTestFinished(() => Promise.all([copy.stop(), another.stop()]).then(() => {}));
    await mark(store, 2);
    await expect.poll(() => existsSync(acknowledgedFile), { timeout: 5000 }).toBe(true);
    const kept = `${acknowledgedFile}.kept`;
    await work(server.url, kept, 3);

    address.leadTo(copy);
    await expect.poll(() => numbers(store).catch(() => 'dropped')).toEqual([1]);
    expect(store.currentGeneration().replaces).toEqual([before]);
    expect(await work(another.url, kept, 2)).not.toBe(before);
  });

  test('begins none where it holds everything, as after a restart of all', async () => {
    const acknowledgedFile = join(aDirectory(), 'acknowledged');
    const before = await work(server.url, acknowledgedFile, 1);
    const copy = await startFromBaseBackup(server);
    onTestFinished(() => copy.stop());
    expect(await work(copy.url, acknowledgedFile, 2)).toBe(before);
  });
});

describe('one server', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres();
    return () => server.stop();
  });

  beforeEach(() => ask(server.url, 'drop schema public cascade', 'create schema public').then(() => {}));

  test('keeps its generation over new connections and openings', async () => {
    const first = await open(server.url);
    await ask(
      server.url,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await expect.poll(() => numbers(first).catch(() => 'dropped')).toEqual([]);
    const second = await open(server.url);
    expect(second.generation).toBe(first.generation);
    expect(await ask(server.url, 'select replaced, renewed_at from store_generation')).toEqual([
      { replaced: null, renewed_at: null },
    ]);
  });

  test('with the data of another one begins a new generation', async () => {
    const before = await work(server.url, join(aDirectory(), 'acknowledged'), 1);
    await ask(server.url, `update store_generation set server_system = '7'`);
    const second = await open(server.url);
    expect(second.generation).not.toBe(before);
    expect(second.currentGeneration()).toMatchObject({ replaces: [before], renewedAt: RENEWED_AT });
  });

  test('that hides its identity is still used', async () => {
    await ask(
      server.url,
      'drop role if exists plain',
      `create role plain login password 'plain'`,
      'grant create, usage on schema public to plain',
      'revoke execute on function pg_control_system() from public',
    );
    onTestFinished(() => ask(server.url, 'grant execute on function pg_control_system() to public').then(() => {}));
    const url = new URL(server.url);
    [url.username, url.password] = ['plain', 'plain'];
    const store = await open(url.href);
    await mark(store, 1);
    expect(await numbers(store)).toEqual([1]);
    const said: string[] = [];
    const checks: HealthCheck[] = [];
    const owned: { stop?: () => Promise<void>; close?: () => Promise<void> }[] = [];
    onTestFinished(async () => {
      for (const one of owned.toReversed()) await (one.stop ?? one.close)?.();
    });
    const service = {
      logger: { warn: (line: string) => void said.push(line) },
      own(one: (typeof owned)[number]) {
        owned.push(one);
        return one;
      },
      defer: (end: () => void) => onTestFinished(end),
      jobTable: () => {},
      metrics: createMetrics(),
      check: (check: HealthCheck) => void checks.push(check),
    } as unknown as Service;
    await serveStore(service, {
      dataDir: aDirectory(),
      open: () => openStore({ url: url.href, migrations: marksMigrations }),
    });
    expect(said).toEqual(['PostgreSQL shows no timeline: failovers go unnoticed']);
    expect(await checks[0]?.run()).toEqual({ ok: true, degraded: true, failovers: 'unnoticed' });
    expect(await ask(server.url, 'select server_system from store_generation')).toEqual([{ server_system: null }]);
  });

  test('shows an ordinary role what it is', async () => {
    await ask(
      server.url,
      'drop role if exists ordinary',
      `create role ordinary login password 'ordinary'`,
      'grant create, usage on schema public to ordinary',
    );
    const url = new URL(server.url);
    [url.username, url.password] = ['ordinary', 'ordinary'];
    expect((await open(url.href)).seesFailovers()).toBe(true);
    expect(await ask(server.url, 'select server_timeline from store_generation')).toEqual([
      { server_timeline: '00000001' },
    ]);
  });
});
