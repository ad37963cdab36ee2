import { randomUUID } from 'node:crypto';
import { type Kysely, type QueryExecutorProvider, sql } from 'kysely';
import { inOrder, type Migrations } from './migrations.ts';

/** The generation of a store's data (reading X4). */
export type CurrentGeneration = {
  readonly generation: string;
  /** The generations that it replaces, after restored backups or in place of a damaged store, latest first. */
  readonly replaces: readonly string[];
  /** When it began after a restored backup, as a local time of the scheme; null if none was restored. */
  readonly renewedAt: string | null;
  /** How much was ever written, a number that only grows: bytes of PostgreSQL's log, pages of a SQLite file. null if it is not known just now. */
  readonly position: number | null;
  /** When `store backup` last copied this data, as a local time of the scheme; null if it never did. */
  readonly backedUpAt: string | null;
};

const MAX_REPLACED = 8;

export const generationMigrations: Migrations = {
  '0001': (db) =>
    inOrder(
      db,
      // `replaced`: the generations that this data had before, separated by commas: callers that know one of them learn its successor.
      // `server_…`: the PostgreSQL server that answered last (`createServerWatch`); null on SQLite.
      // `copied_at`: in a backup, when it was made.
      sql`create table store_generation (
        id bigint primary key check (id = 1), generation text not null, replaced text, renewed_at text,
        server_system text, server_timeline text, backed_up_at text, copied_at text
      )`,
      sql`insert into store_generation (id, generation) values (1, ${randomUUID()})`,
    ),
};

export type GenerationRow = {
  readonly generation: string;
  readonly replaced: string | null;
  readonly renewedAt: string | null;
  readonly backedUpAt: string | null;
};

export const GENERATION_ROW = 'generation, replaced, renewed_at as "renewedAt", backed_up_at as "backedUpAt"';

export function currentOf(row: GenerationRow | undefined, position: number | null): CurrentGeneration {
  if (row === undefined) throw new Error('the table store_generation is empty');
  const { generation, replaced, renewedAt, backedUpAt } = row;
  return { generation, replaces: replaced?.split(',') ?? [], renewedAt, position, backedUpAt };
}

export async function loadCurrentGeneration(db: QueryExecutorProvider): Promise<CurrentGeneration> {
  const { rows } = await sql<GenerationRow>`select ${sql.raw(GENERATION_ROW)} from store_generation`.execute(db);
  return currentOf(rows[0], null);
}

/** The same of a SQLite file, which never gets smaller. */
export async function loadFilesGeneration(db: QueryExecutorProvider): Promise<CurrentGeneration> {
  const { rows } = await sql<{ position: number }>`select page_count as position from pragma_page_count`.execute(db);
  return { ...(await loadCurrentGeneration(db)), position: rows[0]?.position ?? null };
}

/**
 * Begins a new generation of this data (reading X4) after a restored backup, so that callers send the last days' records
 * again. `at`: the time before which the data may have lost something.
 */
export async function renewGeneration(db: QueryExecutorProvider, at: string): Promise<string> {
  const current = await loadCurrentGeneration(db);
  const { generation, replaced } = successorOf(current.generation, current.replaces);
  await sql`
    update store_generation
    set replaced = ${replaced.join(',')}, generation = ${generation}, renewed_at = ${at}, copied_at = null
  `.execute(db);
  return generation;
}

/** Does the same for data that are a backup (`backUp`), when they are first opened. Returns whether they were one. */
export async function renewCopied(db: Kysely<unknown>, at: string): Promise<boolean> {
  const isCopied = async (executor: QueryExecutorProvider) =>
    (await sql`select 1 from store_generation where copied_at is not null`.execute(executor)).rows.length > 0;
  if (!(await isCopied(db))) return false;
  return db.transaction().execute(async (trx) => {
    // Another process may have been first.
    const copied = await isCopied(trx);
    if (copied) await renewGeneration(trx, at);
    return copied;
  });
}

export async function noteBackup(db: QueryExecutorProvider, at: string): Promise<void> {
  await sql`update store_generation set backed_up_at = ${at}`.execute(db);
}

export function successorOf(generation: string, replaced: readonly string[]) {
  return { generation: randomUUID(), replaced: [...new Set([generation, ...replaced])].slice(0, MAX_REPLACED) };
}

/** Notes that this data is the successor of other data, which is out of use. */
export async function noteReplacedGenerations(db: QueryExecutorProvider, replaced: readonly string[]): Promise<void> {
  const text = replaced.slice(0, MAX_REPLACED).join(',');
  await sql`update store_generation set replaced = ${text === '' ? null : text}`.execute(db);
}

const READ_AGAIN_MS = 1000;

/**
 * Keeps the database's current generation for callers that need it at once; a value older than a second is read again
 * during the call, because a command or another process may have renewed it. `positionMs`: how long a position is valid.
 */
export function watchGeneration(first: CurrentGeneration, load: () => Promise<CurrentGeneration>, positionMs: number) {
  let latest = first;
  let readAt = performance.now();
  let reading: Promise<void> | null = null;

  function replace(current: CurrentGeneration): void {
    latest = current;
    readAt = performance.now();
  }

  function readAgain(): Promise<void> {
    reading ??= load()
      .then(replace)
      .finally(() => {
        readAt = performance.now();
        reading = null;
      });
    return reading;
  }

  return {
    currentGeneration(): CurrentGeneration {
      const age = performance.now() - readAt;
      // A store that cannot be read says so to those who ask it something.
      if (age >= READ_AGAIN_MS) readAgain().catch(() => {});
      if (age >= positionMs && latest.position !== null) latest = { ...latest, position: null };
      return latest;
    },
    readAgain,
    replace,
  };
}
