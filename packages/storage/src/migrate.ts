import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { generationMigrations } from './generation.ts';
import { leaseMigrations } from './lease.ts';
import { type Engine, type Migrations, mergeMigrations } from './migrations.ts';
import { errorText, StoreError } from './store-error.ts';

/**
 * Runs what is due. Safe against several processes that open the same database at once: PostgreSQL takes an advisory
 * lock, SQLite's transaction begins IMMEDIATE, and the list of steps already done is read inside.
 *
 * @throws StoreError NEWER_DATA when the database knows a step that these `migrations` lack,
 * MIGRATION_FAILED naming the step.
 */
export async function migrate(db: Kysely<unknown>, engine: Engine, migrations: Migrations): Promise<void> {
  const all = Object.entries(mergeMigrations(generationMigrations, leaseMigrations, migrations));
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
