// @module-tag postgres
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { CurrentGeneration } from '../generation.ts';
import { openStore, type Store } from '../store.ts';
import { aDirectory } from '../testing/directory.ts';
import { type MarksDatabase, mark, marksMigrations, numbersIn } from '../testing/marks.ts';
import { openMarks } from '../testing/open-marks.ts';
import { withClient } from '../testing/plain-connection.ts';
import {
  type PostgresServer,
  startFromBaseBackup,
  startLaggingStandby,
  startPostgres,
  startSynchronousStandby,
} from '../testing/postgres-process.ts';
import { movingAddress } from '../testing/replaced-server.ts';
import { startTransactionPooler } from '../testing/transaction-pooler.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const RENEWED_AT = '2026-11-24T20:00:00';

type Row = { generation?: string };

const ask = (url: string, ...statements: string[]): Promise<Row[]> =>
  withClient(url, async (client) => {
    let rows: Row[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  });

/** A server of a suite, without tables at the beginning of each test. */
function serverOfSuite(): PostgresServer {
  const server = {} as PostgresServer;
  beforeAll(async () => {
    Object.assign(server, await startPostgres());
    return () => server.stop();
  });
  beforeEach(() => ask(server.url, 'drop schema public cascade', 'create schema public').then(() => {}));
  return server;
}

async function addressOf(server: PostgresServer) {
  const address = await movingAddress(server.url);
  onTestFinished(() => address.close());
  return {
    url: address.url,
    cut: () => address.leadTo(undefined),
    leadTo: (next: PostgresServer) => address.leadTo(next.url),
  };
}

type Opened = { onNewGeneration?: (current: CurrentGeneration) => void; acknowledgedFile?: string; now?: () => number };

const open = (url: string, opened: Opened = {}) => openMarks(url, { now: () => NOW, ...opened });

/** A process that writes one row and ends. */
async function work(url: string, acknowledgedFile: string, number: number): Promise<string> {
  const store = await openStore<MarksDatabase>({ url, migrations: marksMigrations, acknowledgedFile });
  await mark(store, number);
  await store.close();
  return store.generation;
}

const numbers = ({ db }: Store<MarksDatabase>) => numbersIn(db);

describe('a standby that lacks the last commits', () => {
  const primary = serverOfSuite();

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

  test('begins one behind a pooler, whose connections outlive the failover, before a commit is acknowledged', async () => {
    const address = await addressOf(primary);
    const pooler = await startTransactionPooler(address.url);
    onTestFinished(pooler.stop);
    const store = await open(pooler.url);
    const before = store.generation;
    const next = await standby();
    let number = 1;
    await mark(store, number);
    await ask(next.url, 'select pg_promote()');

    address.leadTo(next);
    const marking = () =>
      mark(store, ++number).then(
        () => store.generation,
        () => 'dropped',
      );
    await expect.poll(marking).not.toBe('dropped');
    expect(store.generation).not.toBe(before);
    expect(await ask(next.url, 'select generation from store_generation')).toEqual([{ generation: store.generation }]);
  });

  test('begins one for the first process that comes, and none for the next', async () => {
    const files = aDirectory();
    const known = join(files, 'known');
    const before = await work(primary.url, known, 1);
    const next = await standby();
    await ask(next.url, 'select pg_promote()');
    const begun = await work(next.url, join(files, 'new'), 2);
    expect(begun).not.toBe(before);
    expect(await work(next.url, known, 3)).toBe(begun);
  });
});

describe('a base backup that replaces the database', () => {
  const server = serverOfSuite();

  test('begins a new generation, also for a process that starts afterwards', async () => {
    const address = await addressOf(server);
    const acknowledgedFile = join(aDirectory(), 'acknowledged');
    const store = await open(address.url, { acknowledgedFile });
    const before = store.generation;
    await mark(store, 1);
    const [copy, another] = [await startFromBaseBackup(server), await startFromBaseBackup(server)];
    onTestFinished(() => Promise.all([copy.stop(), another.stop()]).then(() => {}));
    await mark(store, 2);
    await expect.poll(() => existsSync(acknowledgedFile)).toBe(true);
    const kept = `${acknowledgedFile}.kept`;
    await work(server.url, kept, 3);

    address.leadTo(copy);
    await expect.poll(() => numbers(store).catch(() => 'dropped')).toEqual([1]);
    expect(store.currentGeneration().replaces).toEqual([before]);
    expect(await work(another.url, kept, 2)).not.toBe(before);
  });

  test('begins one where only the last commit is lacking and the log has grown since', async () => {
    const acknowledgedFile = join(aDirectory(), 'acknowledged');
    await work(server.url, acknowledgedFile, 1);
    const copy = await startFromBaseBackup(server);
    onTestFinished(() => copy.stop());
    const before = await work(server.url, acknowledgedFile, 2);
    await ask(copy.url, 'select pg_switch_wal()', 'checkpoint');
    expect(await work(copy.url, acknowledgedFile, 2)).not.toBe(before);
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
  const server = serverOfSuite();

  test('with the data of another one begins a new generation', async () => {
    const before = await work(server.url, join(aDirectory(), 'acknowledged'), 1);
    await ask(server.url, `update store_generation set server_system = '7'`);
    const second = await open(server.url);
    expect(second.generation).not.toBe(before);
    expect(second.currentGeneration()).toMatchObject({ replaces: [before], renewedAt: RENEWED_AT });
  });

  test('with the former data of this process names as replaced what it used until then', async () => {
    const acknowledgedFile = join(aDirectory(), 'acknowledged');
    const former = await work(server.url, acknowledgedFile, 1);
    await ask(server.url, 'drop schema if exists restored cascade', 'create schema restored');
    for (const table of ['store_generation', 'migration', 'store_process', 'mark'])
      await ask(server.url, `create table restored.${table} as table ${table}`);
    const url = new URL(server.url);
    url.searchParams.set('options', '-c search_path=restored');
    await ask(url.href, `update store_generation set generation = 'b', replaced = '${former}'`);
    expect(await work(url.href, acknowledgedFile, 2)).toBe('b');
    const back = await open(server.url, { acknowledgedFile });
    expect(back.currentGeneration().replaces).toEqual([former, 'b']);
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
    expect(store.seesFailovers()).toBe(false);
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

describe('a standby that commits wait for', () => {
  test('begins a new generation where the only file is older than what others may have committed since', async () => {
    const acknowledgedFile = join(aDirectory(), 'acknowledged');
    const { store, another, before, promote, url } = await followed('on', { acknowledgedFile });
    for (const each of [store, another]) await each.close();
    await promote();
    const now = () => Date.now() + 3_600_000;
    expect((await open(url, { acknowledgedFile, now })).generation).not.toBe(before);
  });

  const keepers: readonly [string, string, 'same' | 'new'][] = [
    ['keeps the generation where who promotes it vouches for it', 'on', 'same'],
    ['begins a new one where nobody does', '', 'new'],
  ];
  test.each(keepers)('%s', async (_, vouched, expected) => {
    const { store, another, before, promote } = await followed(vouched);
    await promote();
    for (const each of [store, another]) await expect.poll(() => mark(each, 9).catch(({ code }) => code)).toBe('23505');
    const same = [store.generation, another.generation].map((generation) => generation === before);
    expect(same).toEqual(expected === 'same' ? [true, true] : [false, false]);
  });

  test.each([
    ['keeps it', true],
    ['begins a new one where commits went on without it,', false],
  ])('%s if a process starts after the promotion that nobody has seen yet', async (_, isWaitedFor) => {
    const acknowledgedFile = join(aDirectory(), 'acknowledged');
    const { primary, store, another, before, promote, url } = await followed('on', { acknowledgedFile });
    if (!isWaitedFor) {
      await waitForNone(primary);
      await mark(store, 3);
    }
    for (const each of [store, another]) await each.close();
    await promote();
    expect((await open(url, { acknowledgedFile })).generation === before).toBe(isWaitedFor);
  });

  /** From here on commits are acknowledged without a standby. */
  async function waitForNone({ url }: { url: string }): Promise<void> {
    await ask(url, `alter system set synchronous_standby_names = ''`, 'select pg_reload_conf()');
    const names = () => ask(url, 'show synchronous_standby_names');
    await expect.poll(names).toEqual([{ synchronous_standby_names: '' }]);
  }

  /** Two stores, as of two processes, that have committed since the standby follows. */
  async function followed(vouched: string, opened: Opened = {}) {
    const primary = await startPostgres();
    onTestFinished(() => primary.stop());
    if (vouched !== '') await ask(primary.url, `alter system set ticket_check.lossless_promotion = '${vouched}'`);
    const address = await addressOf(primary);
    const [store, another] = [await open(address.url, opened), await open(address.url)];
    const next = await startSynchronousStandby(primary);
    onTestFinished(() => next.stop());
    await mark(store, 1);
    await mark(another, 2);
    const promote = async () => {
      await ask(next.url, 'select pg_promote()');
      address.leadTo(next);
    };
    return { primary, store, another, before: store.generation, promote, url: address.url };
  }
});
