// @module-tag postgres
import { connect, createServer, type Socket } from 'node:net';
import pg from 'pg';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { CurrentGeneration } from '../current-generation.ts';
import { openStore, type Store } from '../store.ts';
import { type MarksDatabase, mark, marksMigrations } from '../testing/marks.ts';
import {
  type PostgresServer,
  startLaggingStandby,
  startPostgres,
  startSynchronousStandby,
} from '../testing/postgres-process.ts';

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

/** An address that stays the same while the server behind it changes. */
async function virtualAddress(first: PostgresServer) {
  let target = first;
  const open = new Set<Socket>();
  const door = createServer((near) => {
    const far = connect(Number(new URL(target.url).port), '127.0.0.1');
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const url = new URL(first.url);
  const address = door.address();
  url.port = String(typeof address === 'object' ? address?.port : '');
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  onTestFinished(() => {
    door.close();
    cut();
  });
  return {
    url: url.href,
    leadTo(next: PostgresServer) {
      target = next;
      cut();
    },
  };
}

async function open(
  url: string,
  onNewGeneration?: (current: CurrentGeneration) => void,
): Promise<Store<MarksDatabase>> {
  const store = await openStore<MarksDatabase>({ url, migrations: marksMigrations, now: () => NOW, onNewGeneration });
  onTestFinished(() => store.close());
  return store;
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

  async function standby(): Promise<PostgresServer> {
    const server = await startLaggingStandby(primary);
    onTestFinished(() => server.stop());
    return server;
  }

  test('begins a new generation once, in stores that are open and before they are answered', async () => {
    const address = await virtualAddress(primary);
    const told: string[] = [];
    const tell = ({ generation }: CurrentGeneration) => told.push(generation);
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
    const address = await virtualAddress(primary);
    const store = await open(address.url);
    const before = store.generation;
    const next = await startSynchronousStandby(primary);
    onTestFinished(() => next.stop());
    // What a server waits for is noted on new connections.
    address.leadTo(primary);
    await expect.poll(() => mark(store, 1).catch(() => 'dropped')).not.toBe('dropped');
    const later = Array.from({ length: 49 }, (_, index) => index + 2);
    await Promise.all(later.map((number) => mark(store, number)));

    address.leadTo(next);
    await ask(next.url, 'select pg_promote()');
    await expect.poll(() => numbers(store).catch(() => 'dropped')).toEqual([1, ...later]);
    expect([store.generation, (await open(next.url)).generation]).toEqual([before, before]);
    // Nobody waits for a standby of that one.
    expect(await ask(next.url, 'select server_timeline, server_synchronous from store_generation')).toEqual([
      { server_timeline: '00000002', server_synchronous: '0' },
    ]);
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

  test('with the data of another one begins a new generation, whatever that one waited for', async () => {
    const first = await open(server.url);
    await ask(server.url, `update store_generation set server_system = '7', server_synchronous = 1`);
    const second = await open(server.url);
    expect(second.generation).not.toBe(first.generation);
    expect(second.currentGeneration()).toMatchObject({ replaces: [first.generation], renewedAt: RENEWED_AT });
  });

  test('that does not say what it is, is used all the same', async () => {
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
    await open(url.href);
    expect(await ask(server.url, 'select server_timeline from store_generation')).toEqual([
      { server_timeline: '00000001' },
    ]);
  });
});
