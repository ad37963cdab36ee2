// @module-tag postgres
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { giveBackPostgresDatabase, takePostgresDatabase } from './postgres-door.ts';
import { startTransactionPooler } from './transaction-pooler.ts';

/** A client of a pooler; `close` answers what was left in sessions. */
async function connectThrough() {
  const url = await takePostgresDatabase();
  onTestFinished(() => giveBackPostgresDatabase(url));
  const pooler = await startTransactionPooler(url);
  const client = new pg.Client({ connectionString: pooler.url });
  await client.connect();
  const first = async (query: string | pg.QueryConfig) =>
    (await client.query({ rowMode: 'array', ...asConfig(query) })).rows[0]?.[0];
  async function close() {
    await client.end();
    return pooler.close();
  }
  return { url: pooler.url, client, first, close };
}

const asConfig = (query: string | pg.QueryConfig) => (typeof query === 'string' ? { text: query } : query);
const PROCESS = 'select pg_backend_pid()';

test('each transaction has another connection than the last, and all of it the same', async () => {
  const { client, first, close } = await connectThrough();
  const seen = [
    await first(PROCESS),
    await first({ text: `${PROCESS} where $1`, values: [true] }),
    await first(PROCESS),
  ];
  expect(seen[1]).not.toBe(seen[0]);
  expect(seen[2]).not.toBe(seen[1]);
  await client.query('begin');
  const inside = [await first(PROCESS), await first(PROCESS)];
  await client.query('commit');
  expect(inside[1]).toBe(inside[0]);
  expect(await first(PROCESS)).not.toBe(inside[0]);
  expect(await close()).toEqual([]);
});

test('session state is lost to the client that set it, and reported', async () => {
  const { client, first, close } = await connectThrough();
  await client.query('set default_transaction_read_only = on');
  expect(await first('show default_transaction_read_only')).toBe('off');
  await client.query('select pg_advisory_lock(7)');
  expect(await first('select pg_advisory_unlock(7)')).toBe(false);
  await client
    .query('create temp table kept (number int)')
    .catch(() => client.query('create temp table kept (number int)'));
  await expect(client.query('table kept')).rejects.toThrow('relation "kept" does not exist');
  await client.query({ name: 'named', text: 'select 1' });
  await expect(client.query({ name: 'named', text: 'select 1' })).rejects.toThrow('"named" does not exist');
  await client.query('listen news');
  expect((await close()).sort()).toEqual([
    'channel news',
    'lock advisory 7',
    'prepared statement named',
    'setting default_transaction_read_only',
    'temporary table kept',
  ]);
});

test('a transaction whose client is gone leaves nothing', async () => {
  const { url, client, first, close } = await connectThrough();
  await client.query('create table mark (number int)');
  const other = new pg.Client({ connectionString: url });
  other.on('error', () => {});
  await other.connect();
  await other.query('begin');
  await other.query('insert into mark values (1)');
  await other.end();
  // Waits for the row to be gone.
  await client.query('begin; lock table mark; commit');
  expect(await first('select count(*) from mark')).toBe('0');
  expect(await close()).toEqual([]);
});

test('settings that a client brings when it connects are refused', async () => {
  const { url, close } = await connectThrough();
  const client = new pg.Client({ connectionString: url, statement_timeout: 1000 });
  await expect(client.connect()).rejects.toThrow('unsupported startup parameter: statement_timeout');
  await close();
});
