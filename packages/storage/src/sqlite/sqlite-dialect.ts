import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { TransactionScope } from '../transaction-scope.ts';
import { unpackRows } from './sqlite-message.ts';
import type { SqliteThread } from './sqlite-thread.ts';
import { Turnstile } from './turnstile.ts';

/** Kysely's SQLite dialect over a thread, with write transactions and migrations inside one transaction. */
export function sqliteDialect(driver: ThreadDriver): Dialect {
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

export class ThreadDriver implements Driver {
  readonly #thread: SqliteThread;
  readonly #connection: ThreadConnection;
  readonly #scope: TransactionScope;
  readonly #turnstile = new Turnstile();

  constructor(thread: SqliteThread, scope: TransactionScope) {
    this.#thread = thread;
    this.#connection = new ThreadConnection(thread);
    this.#scope = scope;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    this.#scope.assertOutside();
    await this.#turnstile.enter();
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    this.#turnstile.leave();
  }

  async beginTransaction(): Promise<void> {
    await this.#thread.ask({ do: 'begin' });
  }

  async commitTransaction(): Promise<void> {
    await this.#thread.ask({ do: 'query', sql: 'commit', parameters: [] });
  }

  async rollbackTransaction(): Promise<void> {
    await this.#thread.ask({ do: 'rollback' });
  }

  /** Runs statements as one transaction of its own, in one message to the thread. */
  async together(statements: readonly CompiledQuery[]): Promise<void> {
    const queries = statements.map(({ sql, parameters }) => ({ sql, parameters }));
    await this.acquireConnection();
    try {
      await this.#thread.ask({ do: 'together', queries });
    } finally {
      this.#turnstile.leave();
    }
  }

  async destroy(): Promise<void> {
    // Behind everything that was asked for before.
    await this.#turnstile.enter();
    try {
      await this.#thread.close();
    } finally {
      this.#turnstile.leave();
    }
  }
}

class ThreadConnection implements DatabaseConnection {
  readonly #thread: SqliteThread;

  constructor(thread: SqliteThread) {
    this.#thread = thread;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const answer = await this.#thread.ask({ do: 'query', sql, parameters });
    if ('columns' in answer) return { rows: unpackRows(answer) as R[] };
    return { rows: [], numAffectedRows: BigInt(answer.changes), insertId: BigInt(answer.insertId) };
  }

  // biome-ignore lint/correctness/useYield: there is nothing to give
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Large results are read in pages, by key.');
  }
}
