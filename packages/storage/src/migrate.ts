import { type Kysely, sql } from 'kysely';
import { generationMigrations } from './generation.ts';
import { jobMigrations } from './jobs.ts';
import { type Engine, type Migrations, mergeMigrations } from './migrations.ts';
import { errorText, StoreError } from './store-error.ts';

const LOCK = 3853314791062309107n;

/**
 * Runs the steps that are due, in one transaction. Safe against several processes that open the same database at once:
 * PostgreSQL takes an advisory lock that ends with the transaction, also behind a transaction pooler; SQLite's transaction begins
 * IMMEDIATE; and the list of steps already done is read inside.
 *
 * @throws StoreError NEWER_DATA when the database knows a step that these `migrations` lack,
 * MIGRATION_FAILED naming the step.
 */
export async function migrate(db: Kysely<unknown>, engine: Engine, migrations: Migrations): Promise<void> {
  const all = mergeMigrations(generationMigrations, jobMigrations, migrations);
  let under = 'Migrating the database';
  try {
    await db.transaction().execute(async (trx) => {
      if (engine === 'postgres') await sql`select pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(trx);
      const done = await stepsDone(trx, engine);
      const newer = done.find((name) => all[name] === undefined);
      if (newer !== undefined) {
        throw new StoreError(
          'NEWER_DATA',
          `The database was written by a newer or another program: it holds the migration ${newer}, which this one does not know.`,
        );
      }
      for (const [name, step] of Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))) {
        if (done.includes(name)) continue;
        under = `The migration ${name}`;
        await step(trx, engine);
        await sql`insert into migration (name) values (${name})`.execute(trx);
      }
    });
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError('MIGRATION_FAILED', `${under} failed: ${errorText(error)}.`, { cause: error });
  }
}

async function stepsDone(db: Kysely<unknown>, engine: Engine): Promise<string[]> {
  const table =
    engine === 'sqlite'
      ? sql`select 1 from sqlite_schema where type = 'table' and name = 'migration'`
      : sql`select 1 where to_regclass('migration') is not null`;
  // A role that may create nothing can still open a database that has all steps.
  if ((await table.execute(db)).rows.length === 0)
    await sql`create table migration (name text primary key)`.execute(db);
  const { rows } = await sql<{ name: string }>`select name from migration`.execute(db);
  return rows.map(({ name }) => name);
}
