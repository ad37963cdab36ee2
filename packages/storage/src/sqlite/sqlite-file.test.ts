import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openStore } from '../store.ts';
import { sqliteUrl } from '../store-url.ts';
import { aDirectory } from '../testing/directory.ts';
import { mark } from '../testing/marks.ts';
import { KEY, openMarks } from '../testing/open-marks.ts';
import { OtherProcess } from '../testing/other-process.ts';
import { refusal } from '../testing/refusal.ts';

let path: string;

beforeEach(() => {
  path = join(aDirectory(), '影院 store#1.db');
});

const open = (encryptionKey = KEY) => openMarks(path, { encryptionKey });

function files(): string[] {
  return [path, `${path}-wal`, `${path}-shm`];
}

describe('a SQLite database', () => {
  test('syncs every commit to a write-ahead log', async () => {
    const store = await open();
    const { rows: journal } = await sql`pragma journal_mode`.execute(store.db);
    const { rows: synchronous } = await sql`pragma synchronous`.execute(store.db);
    await store.transaction(async () => {});
    const { rows: timeout } = await sql`pragma busy_timeout`.execute(store.db);
    const { rows: temporary } = await sql`pragma temp_store`.execute(store.db);
    expect([journal, synchronous, timeout, temporary]).toEqual([
      [{ journalMode: 'wal' }],
      [{ synchronous: 2 }],
      [{ timeout: 5000 }],
      [{ tempStore: 2 }],
    ]);
  });

  test('checkpoints the log in small parts that delay no commit for long', async () => {
    const store = await open();
    await sql`create table film (name text)`.execute(store.db);
    const pages = 'x'.repeat(20 * 4096);
    for (let commit = 0; commit < 60; commit += 1) await sql`insert into film values (${pages})`.execute(store.db);
    // A log is written over from its beginning once all of it has been taken over.
    expect(statSync(`${path}-wal`).size).toBeLessThan(400 * 4096);
    expect(statSync(path).size).toBeGreaterThan(800 * 4096);
  });

  test('can be read and written only by its owner, whatever the umask', async () => {
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    await mark(await open(), 1);
    expect(files().map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
  });

  test('that others could read is made private when it is opened', async () => {
    await mark(await open(), 1);
    for (const file of files()) chmodSync(file, 0o664);
    await open();
    expect(files().map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
  });

  test('holds no readable text in any of its files', async () => {
    const store = await open();
    await sql`create table film (name text)`.execute(store.db);
    await sql`insert into film values ('The Hidden Fortress'), ('长江七号')`.execute(store.db);
    const bytes = Buffer.concat([...files().map((file) => readFileSync(file))]);
    await store.close();
    expect(existsSync(`${path}-wal`)).toBe(false);
    const atRest = readFileSync(path);
    for (const text of ['The Hidden Fortress', '长江七号', 'film', 'founding', 'SQLite format 3']) {
      expect(bytes.includes(text)).toBe(false);
      expect(atRest.includes(text)).toBe(false);
    }
    expect((await sql`select name from film`.execute((await open()).db)).rows).toHaveLength(2);
  });
});

describe('opening a SQLite database refuses', () => {
  test('another key, and leaves the database as it was', async () => {
    const store = await open();
    await mark(store, 1);
    await store.close();
    await expect(open('ab'.repeat(32))).rejects.toThrow(
      refusal('WRONG_KEY', /database key .* or the file is not a database/),
    );
    expect(await (await open()).db.selectFrom('mark').selectAll().execute()).toHaveLength(1);
  });

  test('another key while a store with the right one is open, without harm to that one', {
    tags: 'process',
  }, async () => {
    const store = await open();
    await expect(open('ab'.repeat(32))).rejects.toThrow(refusal('WRONG_KEY', 'cannot be read'));
    await mark(store, 1);
    const other = await OtherProcess.start();
    expect(await other.ask({ do: 'mark', url: sqliteUrl(path), encryptionKey: KEY, first: 2, count: 1 })).toBe(
      'marked',
    );
    expect(await store.db.selectFrom('mark').selectAll().execute()).toHaveLength(2);
  });

  test('no key', async () => {
    const opening = openStore({ url: sqliteUrl(path), migrations: {} });
    await expect(opening).rejects.toThrow(refusal('BAD_KEY', 'needs its encryption key'));
  });

  test.each(['', 'secret', 'zz'.repeat(32), 'ab'.repeat(31)])('the malformed key "%s"', async (key) => {
    await expect(open(key)).rejects.toThrow(refusal('BAD_KEY', '64 hex digits'));
    expect(existsSync(path)).toBe(false);
  });

  test.each([
    ['an unencrypted SQLite database', () => new Database(path).exec('create table t (a)').close()],
    ['a file of another kind', () => writeFileSync(path, 'a shopping list\n'.repeat(100))],
  ])('%s, and leaves it as it was', async (_name, make) => {
    make();
    const before = readFileSync(path);
    await expect(open()).rejects.toThrow(refusal('WRONG_KEY', 'the file is not a database of this program'));
    expect(readFileSync(path)).toEqual(before);
  });

  test('a directory that does not exist', async () => {
    path = join(path, 'nowhere', 'store.db');
    await expect(open()).rejects.toThrow(refusal('CANNOT_OPEN', /the directory .*nowhere does not exist/));
  });

  test.each(['sqlite:store.db', 'sqlite://store.db', 'sqlite:///dir/', 'sqlite:///a.db?mode=ro', 'mysql://x/y', ''])(
    'the URL "%s"',
    async (url) => {
      await expect(openStore({ url, encryptionKey: KEY, migrations: {} })).rejects.toThrow(
        refusal('BAD_URL', 'sqlite:///'),
      );
    },
  );
});

describe('a write lock held by another process', { tags: 'process' }, () => {
  test('makes a transaction wait without stopping the event loop', async () => {
    const store = await open();
    const other = await OtherProcess.start();
    expect(await other.ask({ do: 'hold', url: sqliteUrl(path), encryptionKey: KEY })).toBe('held');
    let written = false;
    const writing = mark(store, 1).then(() => {
      written = true;
    });
    // The answer of another process can only arrive while the event loop turns.
    expect(await (await OtherProcess.start()).ask({ do: 'key', path: `${path}.key` })).toMatch(/^[0-9a-f]{64}$/);
    expect(written).toBe(false);
    expect(await other.ask({ do: 'release' })).toBe('released');
    await writing;
    expect(await store.db.selectFrom('mark').selectAll().execute()).toHaveLength(1);
  });

  test('does not keep a transaction waiting for ever', async () => {
    const store = await open();
    const other = await OtherProcess.start();
    await other.ask({ do: 'hold', url: sqliteUrl(path), encryptionKey: KEY });
    let later: Promise<unknown> | undefined;
    const writing = store.transaction(async (trx) => {
      const write = (number: number) => trx.insertInto('mark').values({ number, processId: 1 }).execute();
      const first = write(1);
      later = write(2).catch((error: unknown) => error);
      try {
        await first;
      } finally {
        await other.ask({ do: 'release' });
      }
    });
    await expect(writing).rejects.toThrow(refusal('BUSY', 'locked by another process for 5 seconds'));
    // A statement after the failed begin does not run on its own.
    expect(await later).toMatchObject({ message: expect.stringMatching(/transaction has ended/) });
    expect(await store.db.selectFrom('mark').selectAll().execute()).toEqual([]);
    await mark(store, 1);
  });
});

test('a file that another tool made with a salt of its own is opened', async () => {
  const db = new Database(path);
  db.pragma(`cipher='sqlcipher'`);
  db.pragma(`key="x'${KEY}'"`);
  db.exec('create table elsewhere (number integer); insert into elsewhere values (7)');
  db.close();
  const { rows } = await sql`select number from elsewhere`.execute((await open()).db);
  expect(rows).toEqual([{ number: 7 }]);
});
