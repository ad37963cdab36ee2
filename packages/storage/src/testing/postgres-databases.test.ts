// @module-tag postgres
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../store.ts';
import { marksMigrations } from './marks.ts';
import { connect } from './plain-connection.ts';
import { copyPostgresDatabase, giveBackPostgresDatabase, takePostgresDatabase } from './postgres-door.ts';

async function run(url: string, statement: string) {
  const connection = await connect({ url, encryptionKey: '' });
  try {
    return await connection.rows(statement);
  } finally {
    await connection.close();
  }
}

test('a copy has all that its original has, but for random values of its own', async () => {
  const [original, copy] = [await takePostgresDatabase(), await takePostgresDatabase()];
  onTestFinished(async () => {
    for (const url of [original, copy]) await giveBackPostgresDatabase(url);
  });
  await (await openStore({ url: original, migrations: marksMigrations })).close();
  await copyPostgresDatabase(original, copy);
  const founder = 'select founder from founding';
  expect(await run(copy, founder)).toEqual(await run(original, founder));
  const generation = 'select generation from store_generation';
  expect(await run(copy, generation)).not.toEqual(await run(original, generation));
});

test('a database that was used is handed out to nobody', async () => {
  const used = await takePostgresDatabase();
  await run(used, 'create table left_behind (id int)');
  await giveBackPostgresDatabase(used);
  await expect(run(used, 'select 1')).rejects.toThrow('does not exist');
});
