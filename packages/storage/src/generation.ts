import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Migrations } from './migrations.ts';

export const generationMigrations: Migrations = {
  // Sorts before every dated name.
  '0000-store-generation': async (db) => {
    await db.schema
      .createTable('store_generation')
      .addColumn('id', 'bigint', (column) => column.primaryKey().check(sql`id = 1`))
      .addColumn('generation', 'text', (column) => column.notNull())
      .execute();
    await sql`insert into store_generation values (1, ${randomUUID()})`.execute(db);
  },
};

/** The id of this data's life (reading X4), a UUID made when the database was. */
export async function loadGeneration(db: Kysely<unknown>): Promise<string> {
  const { rows } = await sql<{ generation: string }>`select generation from store_generation`.execute(db);
  const generation = rows[0]?.generation;
  if (generation === undefined) throw new Error('the table store_generation is empty');
  return generation;
}

/**
 * Begins a new life of this data (reading X4): to be called after a backup was restored, before the service starts, so
 * that callers send the last days' records again.
 */
export async function renewGeneration(db: Kysely<unknown>): Promise<string> {
  const generation = randomUUID();
  await sql`update store_generation set generation = ${generation}`.execute(db);
  return generation;
}
