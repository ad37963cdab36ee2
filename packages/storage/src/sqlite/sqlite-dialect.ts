import { type Dialect, type Driver, type Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';

/** Kysely's SQLite dialect over a thread, with write transactions and migrations inside one transaction. */
export function sqliteDialect(driver: Driver): Dialect {
  return {
    createDriver: () => driver,
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TransactionalAdapter(),
    createIntrospector: (kysely: Kysely<unknown>) => new SqliteIntrospector(kysely),
  };
}

class TransactionalAdapter extends SqliteAdapter {
  // The migrator's transaction is IMMEDIATE, which keeps other processes out.
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  // The driver has a queue of its own: Kysely's wakes everyone who waits whenever it is somebody's turn.
  override get supportsMultipleConnections(): true {
    return true;
  }
}
