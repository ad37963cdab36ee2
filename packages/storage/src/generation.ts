import { randomUUID } from 'node:crypto';
import { type QueryExecutorProvider, sql } from 'kysely';
import type { CurrentGeneration } from './current-generation.ts';
import type { Migrations } from './migrations.ts';

const MAX_REPLACED = 8;

export const generationMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('store_generation')
      .addColumn('id', 'bigint', (column) => column.primaryKey().check(sql`id = 1`))
      .addColumn('generation', 'text', (column) => column.notNull())
      // The generations that this data had before, separated by commas: callers that know one of them learn its successor.
      .addColumn('replaced', 'text')
      .addColumn('renewed_at', 'text')
      // The PostgreSQL server that answered last (`createServerWatch`); null on SQLite.
      .addColumn('server_system', 'text')
      .addColumn('server_timeline', 'text')
      .execute();
    await sql`insert into store_generation (id, generation) values (1, ${randomUUID()})`.execute(db);
  },
};

/** The id of this data's generation (reading X4), a UUID made when the database was. */
async function loadGeneration(db: QueryExecutorProvider): Promise<string> {
  const { rows } = await sql<{ generation: string }>`select generation from store_generation`.execute(db);
  const generation = rows[0]?.generation;
  if (generation === undefined) throw new Error('the table store_generation is empty');
  return generation;
}

/**
 * Begins a new generation of this data (reading X4): after a restored backup, before the service starts, so that callers
 * send the last days' records again. The previous generation is kept as replaced, and `at` as the time before which the data
 * may have lost something.
 */
export async function renewGeneration(db: QueryExecutorProvider, at: string): Promise<string> {
  const { generation, replaced } = successorOf(await loadGeneration(db), await loadReplacedGenerations(db));
  await sql`
    update store_generation set replaced = ${replaced.join(',')}, generation = ${generation}, renewed_at = ${at}
  `.execute(db);
  return generation;
}

/** A new generation, with the ones that it replaces. */
export function successorOf(generation: string, replaced: readonly string[]) {
  return { generation: randomUUID(), replaced: [generation, ...replaced].slice(0, MAX_REPLACED) };
}

/** The generation of this data with its predecessors. */
export async function loadCurrentGeneration(db: QueryExecutorProvider): Promise<CurrentGeneration> {
  const { rows } = await sql<GenerationRow>`
    select generation, replaced, renewed_at as "renewedAt" from store_generation
  `.execute(db);
  return currentOf(rows[0], null);
}

export type GenerationRow = {
  readonly generation: string;
  readonly replaced: string | null;
  readonly renewedAt: string | null;
};

export function currentOf(row: GenerationRow | undefined, position: number | null): CurrentGeneration {
  if (row === undefined) throw new Error('the table store_generation is empty');
  return { generation: row.generation, replaces: row.replaced?.split(',') ?? [], renewedAt: row.renewedAt, position };
}

/** The same of a SQLite file, which never gets smaller. */
export async function loadFilesGeneration(db: QueryExecutorProvider): Promise<CurrentGeneration> {
  const { rows } = await sql<GenerationRow & { position: number }>`
    select generation, replaced, renewed_at as "renewedAt", page_count as position
    from store_generation, pragma_page_count
  `.execute(db);
  return currentOf(rows[0], rows[0]?.position ?? null);
}

/** The generations that this data's generation replaces, after restored backups or in place of a damaged store, latest first. */
export async function loadReplacedGenerations(db: QueryExecutorProvider): Promise<string[]> {
  const { rows } = await sql<{ replaced: string | null }>`select replaced from store_generation`.execute(db);
  return rows[0]?.replaced?.split(',') ?? [];
}

/** Notes that this data is the successor of other data, which is out of use. */
export async function noteReplacedGenerations(db: QueryExecutorProvider, replaced: readonly string[]): Promise<void> {
  const text = replaced.slice(0, MAX_REPLACED).join(',');
  await sql`update store_generation set replaced = ${text === '' ? null : text}`.execute(db);
}
