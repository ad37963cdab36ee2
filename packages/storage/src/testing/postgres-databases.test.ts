// @module-tag postgres
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { makeAppendOnly } from '../append-only.ts';
import type { Migrations } from '../migrations.ts';
import { openStore } from '../store.ts';
import { connect } from './plain-connection.ts';
import { copyPostgresDatabase, giveBackPostgresDatabase, takePostgresDatabase } from './postgres-door.ts';

const migrations: Migrations = {
  '2026-11-01-shelves': async (db, engine) => {
    await db.schema.createTable('shelf').addColumn('number', 'bigint').execute();
    await db.schema.createTable('book').addColumn('title', 'text').addColumn('shelf', 'bigint').execute();
    await db.schema
      .createTable('loan')
      .addColumn('title', 'text', (column) => column.primaryKey())
      .execute();
    await makeAppendOnly(db, engine, 'loan');
    await db
      .insertInto('book' as never)
      .values([{ title: 'It’s \\ "so"', shelf: 1 }, { title: null }] as never)
      .execute();
  },
};

async function run(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

/** Stays the same as long as a database is. */
const idOf = async (url: string) =>
  (await run(url, 'select oid from pg_database where datname = current_database()'))[0]?.oid;

const SIZES = `select relname, pg_table_size(oid) > 8 * 8192 as large, reltuples from pg_class
  where relnamespace = 'public'::regnamespace order by relname`;

/** Its rows and columns, its triggers and functions, with the values that are random in each database apart. */
async function contentOf(url: string) {
  const connection = await connect({ url, encryptionKey: '' });
  const content: Record<string, unknown> = {
    columns: await connection.rows(`select table_name, column_name from information_schema.columns
      where table_schema = 'public' order by 1, 2`),
    indexes: await connection.rows(`select indexdef from pg_indexes where schemaname = 'public' order by 1`),
    functions: await connection.rows(
      `select proname from pg_proc where pronamespace = 'public'::regnamespace order by 1`,
    ),
    triggers: await connection.rows('select tgname, tgenabled from pg_trigger order by 1'),
  };
  for (const table of (await connection.tables()).sort()) {
    content[table] = await connection.rows(`select * from "${table}" t order by t::text`);
  }
  await connection.close();
  const text = JSON.stringify(content, null, 1);
  const drawn = [...text.matchAll(/"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"/g)].map(([, value = '']) => value);
  const rest = drawn.reduce((all, one, number) => all.replaceAll(one, `drawn ${number}`), text);
  return { rest, drawn, sizes: await run(url, SIZES) };
}

async function makeOriginal(...statements: string[]): Promise<string> {
  const original = await takePostgresDatabase();
  onTestFinished(() => giveBackPostgresDatabase(original));
  await (await openStore({ url: original, migrations })).close();
  if (statements.length > 0) await run(original, ...statements);
  return original;
}

/** A copy, returned when the test ends unless the test returned it. */
async function copyOf(original: string) {
  const url = await takePostgresDatabase();
  await copyPostgresDatabase(original, url);
  let isHeld = true;
  const giveBack = async () => {
    if (isHeld) await giveBackPostgresDatabase(url);
    isHeld = false;
  };
  onTestFinished(giveBack);
  return { url, giveBack };
}

/** Gives a copy back after these statements, and takes the next. */
async function useAndTakeNext(original: string, ...statements: string[]) {
  const used = await copyOf(original);
  await run(used.url, ...statements);
  const id = await idOf(used.url);
  await used.giveBack();
  const { url } = await copyOf(original);
  return { url, isSame: (await idOf(url)) === id };
}

test('a copy that was used is as a fresh one again, but for its random values', async () => {
  const original = await makeOriginal();
  const fresh = await contentOf((await copyOf(original)).url);
  // The second time large tables were put away the first time.
  for (let time = 1; time <= 2; time += 1) {
    const { url, isSame } = await useAndTakeNext(
      original,
      `insert into loan values ('one')`,
      `insert into shelf select generate_series(1, 50000)`,
      `update book set shelf = 2 where title is null`,
      `delete from kysely_migration`,
      `update store_generation set generation = 'another', replaced = 'one'`,
    );
    expect(isSame).toBe(true);
    const again = await contentOf(url);
    expect({ rest: again.rest, sizes: again.sizes }).toEqual({ rest: fresh.rest, sizes: fresh.sizes });
    expect(again.rest).toContain('It’s');
    expect(again.drawn).toHaveLength(1);
    expect(again.drawn).not.toEqual(fresh.drawn);
  }
});

test.each([
  'create table another (id int)',
  'drop table shelf',
  'alter table book add column pages int',
  'alter table loan disable trigger loan_no_change',
  'create function two() returns int language sql as $$ select 2 $$',
  'create index on shelf (number)',
  'analyze shelf',
  `do $$ begin execute 'alter database ' || current_database() || ' set synchronous_commit = off'; end $$`,
])('a copy is not used again after %s', async (statement) => {
  const original = await makeOriginal();
  const fresh = await contentOf((await copyOf(original)).url);
  const { url, isSame } = await useAndTakeNext(original, statement);
  expect(isSame).toBe(false);
  expect((await contentOf(url)).rest).toBe(fresh.rest);
});

test('a copy with a sequence, which counts on, is not used again', async () => {
  const original = await makeOriginal('create sequence tickets');
  const { url, isSame } = await useAndTakeNext(original, `select nextval('tickets')`);
  expect(isSame).toBe(false);
  expect(await run(url, `select nextval('tickets')`)).toEqual([{ nextval: '1' }]);
});

test('an empty database that was used is handed out to nobody', async () => {
  const used = await takePostgresDatabase();
  await run(used, 'create table left_behind (id int)');
  await giveBackPostgresDatabase(used);
  await expect(run(used, 'select 1')).rejects.toThrow('does not exist');
});
