// @module-tag slow
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { openStore, type Store } from '../store.ts';
import { type MarksDatabase, mark, marksMigrations } from '../testing/marks.ts';
import { keepThreads } from './spare-threads.ts';
import { sqliteUrl } from './sqlite-url.ts';

let directory: string;
/** Threads that were started. */
let started: Worker[];

const noteStarted = (thread: Worker) => void started.push(thread);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ticket-check-sqlite-'));
  started = [];
  // Those that other tests left end.
  keepThreads(0);
  process.on('worker', noteStarted);
});

afterEach(() => {
  process.off('worker', noteStarted);
  rmSync(directory, { recursive: true, force: true });
});

const open = (name: string, encryptionKey = '0f'.repeat(32)) =>
  openStore<MarksDatabase>({
    url: sqliteUrl(join(directory, `${name}.db`)),
    encryptionKey,
    migrations: marksMigrations,
  });

async function numbers(store: Store<MarksDatabase>): Promise<number[]> {
  const rows = await store.db.selectFrom('mark').select('number').orderBy('number').execute();
  return rows.map(({ number }) => number);
}

function keepThreadsInThisTest(count: number): void {
  keepThreads(count);
  onTestFinished(() => keepThreads(0));
}

test('a closed store ends its thread', async () => {
  const store = await open('one');
  const ended = once(started[0] as Worker, 'exit');
  await store.close();
  await ended;
  await (await open('two')).close();
  expect(started).toHaveLength(2);
});

test('a thread that is kept opens the next database, which has its own rows and its own key', async () => {
  keepThreadsInThisTest(1);
  const one = await open('one');
  await mark(one, 1);
  await one.close();
  await one.close();
  const two = await open('two', 'a0'.repeat(32));
  await mark(two, 2);
  expect(await numbers(two)).toEqual([2]);
  await expect(mark(one, 3)).rejects.toThrow();
  await two.close();
  await expect(open('two')).rejects.toMatchObject({ code: 'WRONG_KEY' });
  const again = await open('one');
  expect(await numbers(again)).toEqual([1]);
  await again.close();
  expect(started).toHaveLength(1);
});

test('a thread that has read reports is kept for reports only: its priority stays low', async () => {
  keepThreadsInThisTest(2);
  const one = await open('one');
  await mark(one, 1);
  expect((await one.reports.selectFrom('mark').select('number').execute()).length).toBe(1);
  await one.close();
  const [again, two] = [await open('one'), await open('two')];
  expect(started).toHaveLength(3);
  expect((await again.reports.selectFrom('mark').select('number').execute()).length).toBe(1);
  expect(started).toHaveLength(3);
  await again.close();
  await two.close();
});

test('keeps at most the given number, and none that has ended', async () => {
  keepThreadsInThisTest(1);
  const [one, two] = [await open('one'), await open('two')];
  const ended = once(started[1] as Worker, 'exit');
  await one.close();
  await two.close();
  await ended;
  await started[0]?.terminate();
  const three = await open('three');
  expect(await numbers(three)).toEqual([]);
  await three.close();
  expect(started).toHaveLength(3);
});
