import { AsyncLocalStorage } from 'node:async_hooks';
import { CamelCasePlugin, type Dialect, Kysely, PostgresDialect, type RawBuilder } from 'kysely';
import { loadGeneration } from './generation.ts';
import { type Engine, type Migrations, migrate } from './migrations.ts';
import { isPostgresUrl, openPostgresPool } from './postgres/postgres-pool.ts';
import { type ColumnType, type RowOf, rowsFrom } from './rows-from.ts';
import { sqliteDialect } from './sqlite/sqlite-dialect.ts';
import { openSqliteFile } from './sqlite/sqlite-file.ts';
import { isSqliteUrl, parseSqliteUrl } from './sqlite/sqlite-url.ts';
import { StoreError } from './store-error.ts';

export interface StoreOptions {
  /** `sqlite:///absolute/path.db` or `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** 64 hex digits; needed for SQLite, unused for PostgreSQL. */
  readonly encryptionKey?: string | undefined;
  readonly migrations: Migrations;
}

export interface Store<DB> {
  readonly db: Kysely<DB>;
  readonly engine: Engine;
  readonly generation: string;
  transaction<T>(fn: (trx: Kysely<DB>) => Promise<T>): Promise<T>;
  rowsFrom<R extends object, K extends keyof R & string>(
    rows: readonly R[],
    columns: Record<K, ColumnType>,
  ): RawBuilder<RowOf<R, K>>;
  close(): Promise<void>;
}

export async function openStore<DB>({ url, encryptionKey, migrations }: StoreOptions): Promise<Store<DB>> {
  const { engine, dialect } = await connect(url, encryptionKey);
  const db = new Kysely<DB>({ dialect, plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })] });
  try {
    await migrate(db as Kysely<unknown>, engine, migrations);
    return createStore(db, engine, await loadGeneration(db as Kysely<unknown>));
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

async function connect(url: string, encryptionKey: string | undefined): Promise<{ engine: Engine; dialect: Dialect }> {
  if (isSqliteUrl(url)) {
    if (encryptionKey === undefined) throw new StoreError('BAD_KEY', 'A SQLite database needs its encryption key.');
    const file = await openSqliteFile(parseSqliteUrl(url), encryptionKey);
    return { engine: 'sqlite', dialect: sqliteDialect(file) };
  }
  if (isPostgresUrl(url)) {
    return { engine: 'postgres', dialect: new PostgresDialect({ pool: await openPostgresPool(url) }) };
  }
  throw new StoreError('BAD_URL', 'The database URL must begin with sqlite:/// or postgres://.');
}

function createStore<DB>(db: Kysely<DB>, engine: Engine, generation: string): Store<DB> {
  const current = new AsyncLocalStorage<{ open: boolean }>();
  return {
    db,
    engine,
    generation,
    async transaction(fn) {
      if (current.getStore()?.open) {
        throw new StoreError(
          'NESTED_TRANSACTION',
          'A transaction is open here already: use it instead of another one.',
        );
      }
      const state = { open: true };
      try {
        return await current.run(state, () => db.transaction().execute(fn));
      } finally {
        state.open = false;
      }
    },
    rowsFrom: (rows, columns) => rowsFrom(engine, rows, columns),
    close: () => db.destroy(),
  };
}
