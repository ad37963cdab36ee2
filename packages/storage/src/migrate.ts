import { type Kysely, sql } from 'kysely';
import { DEFAULT_MIGRATION_LOCK_TABLE, DEFAULT_MIGRATION_TABLE, MIGRATION_LOCK_ID, Migrator } from 'kysely/migration';
import { generationMigrations } from './generation.ts';
import { jobMigrations } from './jobs.ts';
import { type Engine, type Migrations, mergeMigrations } from './migrations.ts';
import { errorText, StoreError } from './store-error.ts';

const LOCK = { lockTable: DEFAULT_MIGRATION_LOCK_TABLE, lockRowId: MIGRATION_LOCK_ID };

/**
 * Runs the steps that are due, in one transaction. Safe against several processes that open the same database at once:
 * PostgreSQL takes an advisory lock that ends with the transaction, SQLite's transaction begins IMMEDIATE, and the list of
 * steps already done is read inside.
 *
 * @throws StoreError NEWER_DATA when the database knows a step that these `migrations` lack,
 * MIGRATION_FAILED naming the step.
 */
export async function migrate(db: Kysely<unknown>, engine: Engine, migrations: Migrations): Promise<void> {
  const all = mergeMigrations(generationMigrations, jobMigrations, migrations);
  try {
    await db.transaction().execute(async (trx) => {
      // The migrator takes it too, where it runs.
      await trx.getExecutor().adapter.acquireMigrationLock(trx, LOCK);
      // The migrator reads the whole catalog of the database, which each command would wait for.
      if (await hasExactly(trx, engine, Object.keys(all))) return;
      const { error } = await migratorOf(trx, engine, all).migrateToLatest();
      if (error !== undefined) throw error;
    });
  } catch (error) {
    throw asStoreError(error, 'Migrating the database');
  }
}

function asStoreError(error: unknown, subject: string): StoreError {
  if (error instanceof StoreError) return error;
  const newer = /previously executed migration (.*) is missing/.exec(errorText(error))?.[1];
  if (newer !== undefined) {
    return new StoreError(
      'NEWER_DATA',
      `The database was written by a newer or another program: it holds the migration ${newer}, which this one does not know.`,
      { cause: error },
    );
  }
  return new StoreError('MIGRATION_FAILED', `${subject} failed: ${errorText(error)}.`, { cause: error });
}

function migratorOf(db: Kysely<unknown>, engine: Engine, migrations: Migrations): Migrator {
  const steps = Object.entries(migrations).map(([name, step]) => {
    const up = async (trx: Kysely<unknown>) => {
      try {
        await step(trx, engine);
      } catch (error) {
        throw asStoreError(error, `The migration ${name}`);
      }
    };
    return [name, { up }] as const;
  });
  return new Migrator({
    db,
    provider: { getMigrations: async () => Object.fromEntries(steps) },
  });
}

async function hasExactly(db: Kysely<unknown>, engine: Engine, names: readonly string[]): Promise<boolean> {
  const table =
    engine === 'sqlite'
      ? sql`select 1 from sqlite_schema where type = 'table' and name = ${DEFAULT_MIGRATION_TABLE}`
      : sql`select 1 where to_regclass(${DEFAULT_MIGRATION_TABLE}) is not null`;
  if ((await table.execute(db)).rows.length === 0) return false;
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(db);
  return rows.length === names.length && rows.every(({ name }) => names.includes(name));
}
