// @module-tag slow
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { coalesce } from '../coalesce.ts';
import type { Store } from '../store.ts';
import { sqliteUrl } from '../store-url.ts';
import { aDirectory } from '../testing/directory.ts';
import { type MarksDatabase, mark, numbersIn } from '../testing/marks.ts';
import { KEY, openMarks } from '../testing/open-marks.ts';
import { keepThreads } from './sqlite-thread.ts';

const LONG_QUERY = sql<{ most: number }>`
  with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000) select max(i) as most from n
`;

let url: string;
let store: Store<MarksDatabase>;
let thread: Worker;

beforeEach(async () => {
  // Tests here see threads start and end.
  keepThreads(0);
  url = sqliteUrl(join(aDirectory(), 'store.db'));
  const started = once(process, 'worker') as Promise<[Worker]>;
  store = await openMarks(url);
  [thread] = await started;
});

const ended = expect.objectContaining({
  name: 'StoreError',
  code: 'THREAD_ENDED',
  message: expect.stringContaining('store.db'),
});

test('a long query does not stop the event loop', async () => {
  let turns = 0;
  let counting = true;
  const count = () => {
    turns += 1;
    if (counting) setImmediate(count);
  };
  count();
  const { rows } = await LONG_QUERY.execute(store.db);
  counting = false;
  expect(rows).toEqual([{ most: 1_000_000 }]);
  expect(turns).toBeGreaterThan(100);
});

test('an error of SQLite keeps its code, and the store goes on', async () => {
  await mark(store, 1);
  await expect(mark(store, 1)).rejects.toMatchObject({ name: 'SqliteError', code: 'SQLITE_CONSTRAINT_PRIMARYKEY' });
  await expect(sql`select * from nowhere`.execute(store.db)).rejects.toThrow('no such table: nowhere');
  await mark(store, 2);
});

test('a value that no database takes is refused, and the store goes on', async () => {
  await expect(sql`select ${sql.val(Symbol('unstorable'))}`.execute(store.db)).rejects.toThrow('could not be cloned');
  await mark(store, 1);
});

const numbers = () => numbersIn(store.db);

describe('when the thread of a store ends', () => {
  test('work under way is rejected, and waiting work is done by a new one', async () => {
    const [long, waiting] = [LONG_QUERY.execute(store.db), mark(store, 1)];
    const settled = Promise.allSettled([long, waiting]);
    await new Promise((resolve) => setImmediate(resolve));
    await thread.terminate();
    const [first, second] = await settled;
    expect(first).toEqual({ status: 'rejected', reason: ended });
    expect(second).toMatchObject({ status: 'fulfilled' });
    await mark(store, 2);
    await store.batch([store.db.insertInto('mark').values({ number: 3, processId: 1 }).compile()]);
    expect(await numbers()).toEqual([1, 2, 3]);
  });

  test('while it is idle, the next question is answered as if nothing had been', async () => {
    await mark(store, 1);
    const look = store.db.selectFrom('mark').select('number').compile();
    expect(await store.readCommitted(look)).toEqual([{ number: 1 }]);
    await thread.terminate();
    expect(await store.readCommitted(look)).toEqual([{ number: 1 }]);
    await mark(store, 2);
    expect(await store.readCommitted(look)).toEqual([{ number: 1 }, { number: 2 }]);
  });

  test('a transaction is rolled back as a whole, even if it continues, and a group commit after it is kept', async () => {
    const keep = coalesce((given: number[]) =>
      store.transaction(async (trx) => {
        for (const number of given) await trx.insertInto('mark').values({ number, processId: 1 }).execute();
        return given;
      }),
    );
    const broken = store.transaction(async (trx) => {
      await trx.insertInto('mark').values({ number: 1, processId: 1 }).execute();
      await thread.terminate();
      const second = await trx
        .insertInto('mark')
        .values({ number: 2, processId: 1 })
        .execute()
        .catch((error: unknown) => error);
      expect(second).toEqual(ended);
      return 'as if both were there';
    });
    await expect(broken).rejects.toThrow(ended);
    expect(await Promise.all([keep(3), keep(4)])).toEqual([3, 4]);
    expect(await numbers()).toEqual([3, 4]);
  });
});

test.each([
  ['closed', 'await store.close();'],
  ['left open', ''],
])('a store that is %s does not keep its process alive', { tags: 'process' }, async (_what, atTheEnd) => {
  const program = `
    import { openStore } from ${JSON.stringify(new URL('../store.ts', import.meta.url).href)};
    const store = await openStore(${JSON.stringify({ url: `${url}.other`, encryptionKey: KEY, migrations: {} })});
    ${atTheEnd}
    console.log(store.generation);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(Buffer.concat(said).toString()).toMatch(/^[0-9a-f-]{36}\n$/);
});
