import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, expect, it, test } from 'vitest';
import { type Change, type Engine, type Migrations, mergeMigrations } from './migrations.ts';
import { openStore, type Store } from './store.ts';
import { describeEachWay, describePostgres } from './testing/index.ts';
import { type MarksDatabase, marksMigrations } from './testing/marks.ts';
import { OtherProcess } from './testing/other-process.ts';

interface LogDatabase {
  log: { line: string };
}

function logging(...names: string[]): Migrations {
  return Object.fromEntries(
    names.map((name) => [
      name,
      async (db: Kysely<unknown>) => {
        await db.schema.createTable('log').ifNotExists().addColumn('line', 'text').execute();
        await sql`insert into log values (${name})`.execute(db);
      },
    ]),
  );
}

describeEachWay('migrations', ({ engine, open, url }) => {
  async function lines(store: Store<LogDatabase>): Promise<string[]> {
    return (await store.db.selectFrom('log').select('line').execute()).map(({ line }) => line);
  }

  test('run in the order of their names, each once, and tell the engine', async () => {
    const at = await url();
    const first = await open<LogDatabase>(logging('0009', '0002'), at);
    expect(await lines(first)).toEqual(['0002', '0009']);
    const engines: string[] = [];
    const later: Migrations = {
      '0011': async (_db, given) => {
        engines.push(given);
      },
      ...logging('0010', '0009', '0002'),
    };
    const second = await open<LogDatabase>(later, at);
    expect(await lines(second)).toEqual(['0002', '0009', '0010']);
    expect(engines).toEqual([engine]);
  });

  test('leave nothing behind when one of them fails, and name it', async () => {
    const at = await url();
    const failing: Migrations = {
      ...logging('0002'),
      '0003': async (db) => {
        await sql`select * from nowhere`.execute(db);
      },
    };
    await expect(open(failing, at)).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('0003'),
    });
    const store = await open<LogDatabase>(logging('0002'), at);
    expect(await lines(store)).toEqual(['0002']);
  });
});

describePostgres('a database that begins transactions as repeatable read', ({ open, url }) => {
  test('takes each migration once where several programs open it at once', async () => {
    const at = await url();
    const [before, after] = [logging('0002'), logging('0002', '0003')];
    const { db } = await open(before, at);
    const name = sql.id(new URL(at).pathname.slice(1));
    await sql`alter database ${name} set default_transaction_isolation = 'repeatable read'`.execute(db);
    const stores = await Promise.all(Array.from({ length: 5 }, () => open<LogDatabase>(after, at)));
    for (const store of stores) {
      const lines = await store.db.selectFrom('log').select('line').execute();
      expect(lines).toEqual([{ line: '0002' }, { line: '0003' }]);
    }
  });
});

describeEachWay('two processes', ({ engine, encryptionKey, url }) => {
  let others: OtherProcess[];

  beforeAll(async () => {
    others = await Promise.all([OtherProcess.start(), OtherProcess.start()]);
  });

  afterAll(async () => {
    await Promise.all(others.map((other) => other.kill()));
  });

  test('that open the same fresh database at once found it once', { tags: 'process' }, async () => {
    const rounds = engine === 'sqlite' ? 40 : 10;
    for (let round = 0; round < rounds; round += 1) {
      const request = { do: 'open', url: await url(), encryptionKey } as const;
      const generations = await Promise.all(others.map((other) => other.ask(request)));
      const store = await openStore<MarksDatabase>({ ...request, migrations: marksMigrations });
      expect(generations).toEqual([store.generation, store.generation]);
      expect(await store.db.selectFrom('founding').selectAll().execute()).toHaveLength(1);
      await store.close();
    }
  });

  test('write to the same database at once and lose nothing', { tags: 'process' }, async () => {
    const request = { do: 'mark', url: await url(), encryptionKey, count: 200 } as const;
    const answers = await Promise.all(others.map((other, index) => other.ask({ ...request, first: index * 1000 })));
    expect(answers).toEqual(['marked', 'marked']);
    // Killed without closing: every acknowledged mark must be there.
    await Promise.all(others.map((other) => other.kill()));
    const store = await openStore<MarksDatabase>({ ...request, migrations: marksMigrations });
    const marks = await store.db.selectFrom('mark').selectAll().orderBy('number').execute();
    await store.close();
    expect(marks.map(({ number }) => number)).toEqual(
      [0, 1000].flatMap((from) => Array.from({ length: 200 }, (_, n) => from + n)),
    );
    expect(new Set(marks.map(({ processId }) => processId)).size).toBe(2);
  });
});

it('runs what several owners bring to one step in the order of the owners', async () => {
  const ran: string[] = [];
  const noting =
    (what: string): Change =>
    async (_db, engine) =>
      void ran.push(`${what} on ${engine}`);
  const merged = mergeMigrations({ '0001': noting('seats') }, { '0001': noting('rows'), '0002': noting('doors') });
  expect(Object.keys(merged)).toEqual(['0001', '0002']);
  const engine: Engine = 'sqlite';
  for (const step of Object.values(merged)) await (step as Change)({} as never, engine);
  expect(ran).toEqual(['seats on sqlite', 'rows on sqlite', 'doors on sqlite']);
});
