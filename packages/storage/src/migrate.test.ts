import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formerly, type Migrations } from './migrations.ts';
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

describeEachWay('migrations', ({ engine, open, url, encryptionKey }) => {
  async function lines(store: Store<LogDatabase>): Promise<string[]> {
    return (await store.db.selectFrom('log').select('line').execute()).map(({ line }) => line);
  }

  test('run in the order of their names, each once, and tell the engine', async () => {
    const at = await url();
    const first = await open<LogDatabase>(logging('2026-03-01-c', '2026-01-01-a'), at);
    expect(await lines(first)).toEqual(['2026-01-01-a', '2026-03-01-c']);
    const engines: string[] = [];
    const later: Migrations = {
      ...logging('2026-03-01-c', '2026-02-01-b', '2026-01-01-a'),
      '2026-04-01-d': async (_db, given) => {
        engines.push(given);
      },
    };
    const second = await open<LogDatabase>(later, at);
    expect(await lines(second)).toEqual(['2026-01-01-a', '2026-03-01-c', '2026-02-01-b']);
    expect(engines).toEqual([engine]);
  });

  test('that are due are told before they run, and none of a fresh database', async () => {
    const at = await url();
    const told: (readonly string[])[] = [];
    const opened = async (...names: string[]) => {
      const onSteps = (steps: readonly string[]) => told.push(steps);
      const store = await openStore({ url: at, encryptionKey, migrations: logging(...names), onSteps });
      await store.close();
    };
    await opened('2026-01-01-a');
    await opened('2026-01-01-a');
    expect(told).toEqual([]);
    await opened('2026-01-01-a', '2026-03-01-c', '2026-02-01-b');
    expect(told).toEqual([['2026-02-01-b', '2026-03-01-c']]);
  });

  test('leave nothing behind when one of them fails, and name it', async () => {
    const at = await url();
    const failing: Migrations = {
      ...logging('2026-01-01-a'),
      '2026-01-02-broken': async (db) => {
        await sql`select * from nowhere`.execute(db);
      },
    };
    await expect(open(failing, at)).rejects.toThrow(
      expect.objectContaining({ code: 'MIGRATION_FAILED', message: expect.stringContaining('2026-01-02-broken') }),
    );
    const store = await open<LogDatabase>(logging('2026-01-01-a'), at);
    expect(await lines(store)).toEqual(['2026-01-01-a']);
  });

  test('refuse a database that a newer program has written', async () => {
    const at = await url();
    await open(logging('2026-01-01-a', '2027-01-01-newer'), at);
    await expect(open(logging('2026-01-01-a'), at)).rejects.toThrow(
      expect.objectContaining({ code: 'NEWER_DATA', message: expect.stringContaining('2027-01-01-newer') }),
    );
  });

  describe('that have been renamed', () => {
    const before = logging('2026-05-01-a', '2026-05-02-b');
    const renamed: Migrations = Object.fromEntries(
      Object.entries(before).map(([name, step]) => [
        name.replace('05', '01'),
        formerly(name, typeof step === 'function' ? step : step.step),
      ]),
    );
    const recorded = async (store: Store<LogDatabase>) =>
      (
        await sql<{ name: string; timestamp: string }>`
          select name, timestamp from kysely_migration where name like '2026-0%' order by name
        `.execute(store.db)
      ).rows;

    test('are not run again where they ran under their former names', async () => {
      const at = await url();
      const earlier = await recorded(await open<LogDatabase>(before, at));
      const store = await open<LogDatabase>({ ...renamed, ...logging('2026-02-01-c') }, at);
      expect(await lines(store)).toEqual(['2026-05-01-a', '2026-05-02-b', '2026-02-01-c']);
      expect((await recorded(store)).slice(0, 2)).toEqual(
        earlier.map(({ name, timestamp }) => ({ name: name.replace('05', '01'), timestamp })),
      );
      expect(await lines(await open<LogDatabase>(renamed, await url()))).toEqual(['2026-05-01-a', '2026-05-02-b']);
    });

    test('keep an older program out', async () => {
      const at = await url();
      await open(before, at);
      await open(renamed, at);
      await expect(open(before, at)).rejects.toThrow(
        expect.objectContaining({ code: 'NEWER_DATA', message: expect.stringContaining('2026-01-01-a') }),
      );
    });

    test('keep their former names where another step fails, and the older program goes on', async () => {
      const at = await url();
      await open(before, at);
      const failing: Migrations = {
        ...renamed,
        '2026-02-01-broken': async (db) => {
          await sql`select * from nowhere`.execute(db);
        },
      };
      await expect(open(failing, at)).rejects.toThrow(
        expect.objectContaining({ code: 'MIGRATION_FAILED', message: expect.stringContaining('2026-02-01-broken') }),
      );
      expect(await lines(await open<LogDatabase>(before, at))).toEqual(['2026-05-01-a', '2026-05-02-b']);
    });

    test('are renamed once where several programs open the database at once', async () => {
      const at = await url();
      await open(before, at);
      const stores = await Promise.all(Array.from({ length: 5 }, () => open<LogDatabase>(renamed, at)));
      for (const store of stores) expect(await lines(store)).toEqual(['2026-05-01-a', '2026-05-02-b']);
    });
  });

  test('of a migration see the names in snake_case that queries have in camelCase', async () => {
    const store = await open<{ showRoom: { screenCode: string } }>({
      '2026-01-01-rooms': async (db) => {
        await db.schema.createTable('show_room').addColumn('screen_code', 'text').execute();
      },
    });
    await store.db.insertInto('showRoom').values({ screenCode: 'a' }).execute();
    const { rows } = await sql<{ screenCode: string }>`select screen_code from show_room`.execute(store.db);
    expect(rows).toEqual([{ screenCode: 'a' }]);
  });
});

describePostgres('a database that begins transactions as repeatable read', ({ open, url }) => {
  test('takes each migration once where several programs open it at once', async () => {
    const at = await url();
    const [before, after] = [logging('2026-01-01-a'), logging('2026-01-01-a', '2026-02-01-b')];
    const { db } = await open(before, at);
    const name = sql.id(new URL(at).pathname.slice(1));
    await sql`alter database ${name} set default_transaction_isolation = 'repeatable read'`.execute(db);
    const stores = await Promise.all(Array.from({ length: 5 }, () => open<LogDatabase>(after, at)));
    for (const store of stores) {
      const lines = await store.db.selectFrom('log').select('line').execute();
      expect(lines).toEqual([{ line: '2026-01-01-a' }, { line: '2026-02-01-b' }]);
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
    // Killed without closing: what they were told is kept must be there.
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
