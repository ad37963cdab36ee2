import { type Kysely, sql } from 'kysely';
import { DEFAULT_MIGRATION_LOCK_TABLE, DEFAULT_MIGRATION_TABLE, MIGRATION_LOCK_ID, Migrator } from 'kysely/migration';
import { generationMigrations } from './generation.ts';
import { leaseMigrations } from './lease.ts';
import { type Engine, type Migrations, mergeMigrations } from './migrations.ts';
import { errorText, StoreError } from './store-error.ts';

const LOCK = { lockTable: DEFAULT_MIGRATION_LOCK_TABLE, lockRowId: MIGRATION_LOCK_ID };

/**
 * Runs what is due, in one transaction with the renaming of steps that were recorded under former names: where a step fails,
 * the program of before can still open the database. Safe against several processes that open the same database at once:
 * PostgreSQL takes an advisory lock that ends with the transaction, SQLite's transaction begins IMMEDIATE, and the list of
 * steps already done is read inside.
 *
 * @throws StoreError NEWER_DATA when the database knows a step that these `migrations` lack,
 * MIGRATION_FAILED naming the step.
 */
export async function migrate(
  db: Kysely<unknown>,
  engine: Engine,
  { migrations, onSteps }: { migrations: Migrations; onSteps: (names: readonly string[]) => void },
): Promise<void> {
  const all = mergeMigrations(generationMigrations, leaseMigrations, migrations);
  try {
    await db.transaction().execute(async (trx) => {
      // The migrator takes it too, where it runs.
      await trx.getExecutor().adapter.acquireMigrationLock(trx, LOCK);
      const recorded = await recordedIn(trx, engine);
      if (recorded !== null) {
        await renameRecorded(trx, recorded, all);
        const due = stepsDue(recorded, all);
        // The migrator looks through the whole catalog of the database, for whoever opens it to run one command too.
        if (due.length === 0 && knowsAll(recorded, all)) return;
        if (due.length > 0) onSteps(due);
      }
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
  const steps = Object.entries(migrations).map(([name, renamed]) => {
    const step = typeof renamed === 'function' ? renamed : renamed.step;
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
    // Packages date their steps independently of each other.
    allowUnorderedMigrations: true,
  });
}

/** The names of the steps that the database has taken, of then or of now; null where it is a fresh one. */
async function recordedIn(db: Kysely<unknown>, engine: Engine): Promise<ReadonlySet<string> | null> {
  if (!(await hasRecords(db, engine))) return null;
  const { rows } = await sql<{ name: string }>`select name from ${RECORDED}`.execute(db);
  return new Set(rows.map(({ name }) => name));
}

/** Gives the steps that the database has recorded under former names those that they have now. */
async function renameRecorded(db: Kysely<unknown>, recorded: ReadonlySet<string>, migrations: Migrations) {
  for (const [name, step] of Object.entries(migrations)) {
    if (typeof step === 'function' || !recorded.has(step.formerName)) continue;
    await sql`update ${RECORDED} set name = ${name} where name = ${step.formerName}`.execute(db);
  }
}

function stepsDue(recorded: ReadonlySet<string>, migrations: Migrations): string[] {
  return Object.entries(migrations)
    .filter(([name, step]) => !recorded.has(name) && (typeof step === 'function' || !recorded.has(step.formerName)))
    .map(([name]) => name)
    .toSorted();
}

function knowsAll(recorded: ReadonlySet<string>, migrations: Migrations): boolean {
  const known = new Set(Object.keys(migrations));
  for (const step of Object.values(migrations)) if (typeof step !== 'function') known.add(step.formerName);
  return [...recorded].every((name) => known.has(name));
}

const RECORDED = sql.table(DEFAULT_MIGRATION_TABLE);

async function hasRecords(db: Kysely<unknown>, engine: Engine): Promise<boolean> {
  const found =
    engine === 'sqlite'
      ? sql`select 1 from sqlite_schema where type = 'table' and name = ${DEFAULT_MIGRATION_TABLE}`
      : sql`select 1 where to_regclass(${DEFAULT_MIGRATION_TABLE}) is not null`;
  return (await found.execute(db)).rows.length > 0;
}
