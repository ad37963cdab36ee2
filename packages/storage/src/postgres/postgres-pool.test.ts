// @module-tag postgres
import { expect, onTestFinished, test } from 'vitest';
import { mark, numbersIn } from '../testing/marks.ts';
import { openMarks } from '../testing/open-marks.ts';
import { withClient } from '../testing/plain-connection.ts';
import { giveBackPostgresDatabase, takePostgresDatabase } from '../testing/postgres-door.ts';
import { startPostgres } from '../testing/postgres-process.ts';
import { refusal } from '../testing/refusal.ts';

async function freshUrl(): Promise<string> {
  const url = await takePostgresDatabase();
  onTestFinished(() => giveBackPostgresDatabase(url));
  return url;
}

async function changed(change: (url: URL) => unknown): Promise<string> {
  const url = new URL(await freshUrl());
  change(url);
  return url.href;
}

const execute = (url: string, statement: string) => withClient(url, (client) => client.query(statement));

test.each<[string, (url: URL) => unknown, string]>([
  ['a port where nothing listens', (url) => (url.port = '1'), '127.0.0.1:1 cannot be used: the connection was refused'],
  ['a database that does not exist', (url) => (url.pathname = '/nowhere'), 'database "nowhere" does not exist'],
  ['a server without TLS', (url) => url.searchParams.set('sslmode', 'verify-full'), 'does not support SSL'],
])('%s is named', async (_what, change, said) => {
  await expect(openMarks(await changed(change))).rejects.toThrow(refusal('CANNOT_OPEN', said));
});

test('a certificate that cannot be read is named, and the password is not', async () => {
  const error = await openMarks(
    'postgres://anna:hunter2@db.example/x?sslmode=verify-full&sslrootcert=/nowhere/ca.pem',
  ).catch((error) => error);
  expect(error).toEqual(refusal('CANNOT_OPEN', '/nowhere/ca.pem'));
  expect(error.message).not.toContain('hunter2');
});

test('a wrong password is said plainly and not repeated', async () => {
  const url = await changed((url) => {
    url.password = 'hunter2';
  });
  const error = await openMarks(url).catch((error) => error);
  expect(error).toEqual(refusal('ACCESS_DENIED', 'password authentication failed for user "postgres"'));
  expect(error.message).not.toContain('hunter2');
});

test('a malformed URL is refused without repeating what may be a password', async () => {
  const error = await openMarks('postgres://me:hunter2@[host/db').catch((error) => error);
  expect(error).toEqual(refusal('BAD_URL', 'postgres://user:password@host:port/database'));
  expect(error.message).not.toContain('hunter2');
});

test.each([
  ['without a word on TLS', ''],
  ['with only other parameters', '?application_name=sslmode'],
  ['with TLS that takes any certificate', '?sslmode=no-verify'],
  ['with a word that the client does not understand', '?ssl=false'],
  ['with TLS that takes any certificate, spelled as in libpq', '?sslmode=require&uselibpqcompat=true'],
])('another machine %s is refused before anything is sent to it', async (_what, parameters) => {
  const error = await openMarks(`postgres://me:hunter2@db.invalid/tickets${parameters}`).catch((error) => error);
  expect(error).toEqual(refusal('UNPROTECTED', 'sslmode=verify-full'));
  expect(error.message).not.toContain('hunter2');
});

test.each([
  'postgres://me@db.invalid/tickets?sslmode=verify-full',
  'postgres://me@db.invalid/tickets?sslmode=disable',
  'postgres://me@db.invalid/tickets?ssl=true',
  'postgres://me@localhost:1/tickets',
  'postgres://me@[::1]:1/tickets',
  'postgres://me@localhost/tickets?host=/nowhere',
])('%s is asked', async (url) => {
  await expect(openMarks(url)).rejects.toThrow(refusal('CANNOT_OPEN', 'cannot be used'));
});

test('synchronous_commit off is refused', async () => {
  const url = await freshUrl();
  await execute(url, `alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`);
  await expect(openMarks(url)).rejects.toThrow(refusal('NOT_DURABLE', 'synchronous_commit = off'));
});

test('a server without fsync is refused', async () => {
  const server = await startPostgres({ fsync: 'off' });
  onTestFinished(() => server.stop());
  await expect(openMarks(server.url)).rejects.toThrow(refusal('NOT_DURABLE', 'fsync = off'));
});

const CUT_OTHERS =
  'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';

test('a dropped connection is replaced by a new one', async () => {
  const url = await freshUrl();
  const store = await openMarks(url);
  await mark(store, 1);
  await execute(url, CUT_OTHERS);
  await expect.poll(() => numbersIn(store.db).catch(() => 'dropped')).toEqual([1]);
});

test('a connection that breaks inside a transaction fails that one, and the process goes on', async () => {
  const url = await freshUrl();
  const store = await openMarks(url);
  const broken = store.transaction(async (trx) => {
    await trx.insertInto('mark').values({ number: 1, processId: 1 }).execute();
    await execute(url, CUT_OTHERS);
    await trx.insertInto('mark').values({ number: 2, processId: 1 }).execute();
  });
  await expect(broken).rejects.toThrow();
  await mark(store, 3);
  expect(await numbersIn(store.db)).toEqual([3]);
});
