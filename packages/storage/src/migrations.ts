import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { generationMigrations } from './generation.ts';
import { leaseMigrations } from './lease.ts';
import { errorText, StoreError } from './store-error.ts';

export type Engine = 'sqlite' | 'postgres';

/**
 * Steps that bring a database to its present shape, by name; names begin with their date and run in alphabetical order,
 * each once per database, all that are due in one transaction. Packages export their own and an app merges them; a name
 * is never changed or taken away once it has run anywhere.
 *
 * Column types that mean the same on both engines: `text` for codes, times and ids, `bigint` for money, numbers and
 * booleans (0/1). Write names in snake_case or camelCase, the database has them in snake_case.
 */
export type Migrations = Record<string, (db: Kysely<unknown>, engine: Engine) => Promise<void>>;

/**
 * Runs what is due. Safe against several processes that open the same database at once: PostgreSQL takes an advisory
 * lock, SQLite's transaction begins IMMEDIATE, and the list of steps already done is read inside.
 *
 * @throws StoreError NEWER_DATA when the database knows a step that these `migrations` lack,
 * MIGRATION_FAILED naming the step.
 */
export async function migrate(db: Kysely<unknown>, engine: Engine, migrations: Migrations): Promise<void> {
  const all = Object.entries({ ...generationMigrations, ...leaseMigrations, ...migrations });
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: async () =>
        Object.fromEntries(all.map(([name, run]) => [name, { up: (trx: Kysely<unknown>) => run(trx, engine) }])),
    },
    // Packages date their steps independently of each other.
    allowUnorderedMigrations: true,
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  if (error instanceof StoreError) throw error;

  const newer = /previously executed migration (.*) is missing/.exec(errorText(error))?.[1];
  if (newer !== undefined) {
    throw new StoreError(
      'NEWER_DATA',
      `The database was written by a newer or another program: it holds the migration ${newer}, which this one does not know.`,
      { cause: error },
    );
  }
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName;
  const subject = failed === undefined ? 'Migrating the database' : `The migration ${failed}`;
  throw new StoreError('MIGRATION_FAILED', `${subject} failed: ${errorText(error)}.`, { cause: error });
}
