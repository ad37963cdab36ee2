import { setTimeout as delay } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import {
  type DatabaseConnection,
  type Dialect,
  type Kysely,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { TransactionScope } from '../transaction-scope.ts';
import { cacheStatements } from './cached-statements.ts';
import { BUSY_TIMEOUT_MS, busy, isBusy } from './sqlite-busy.ts';
import { Turnstile } from './turnstile.ts';

/**
 * Kysely's SQLite dialect with write transactions, migrations inside one transaction, and statements that stay
 * prepared.
 */
export function sqliteDialect(db: Database.Database, scope: TransactionScope): Dialect {
  return {
    createDriver: () => new WritingDriver(db, scope),
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

class WritingDriver extends SqliteDriver {
  readonly #db: Database.Database;
  readonly #scope: TransactionScope;
  readonly #turnstile = new Turnstile();

  constructor(db: Database.Database, scope: TransactionScope) {
    super({ database: cacheStatements(db) });
    this.#db = db;
    this.#scope = scope;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    this.#scope.assertOutside();
    await this.#turnstile.enter();
    return super.acquireConnection();
  }

  override async releaseConnection(): Promise<void> {
    this.#turnstile.leave();
  }

  // A deferred transaction that reads and then writes fails when another process wrote in between. SQLite's own waiting
  // would stop the event loop, and it sleeps so long between tries that a busy writer in another process starves it; so
  // we wait here.
  override async beginTransaction(_connection: DatabaseConnection): Promise<void> {
    const giveUpAt = performance.now() + BUSY_TIMEOUT_MS;
    for (;;) {
      try {
        return this.#begin();
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (performance.now() > giveUpAt) throw busy(error);
      }
      await delay(1);
    }
  }

  #begin(): void {
    this.#db.pragma('busy_timeout = 0');
    try {
      this.#db.exec('begin immediate');
    } finally {
      this.#db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // SQLite has done so by itself after an error such as a full disk.
    if (this.#db.inTransaction) await super.rollbackTransaction(connection);
  }

  override async destroy(): Promise<void> {
    // Behind everything that was asked for before.
    await this.#turnstile.enter();
    await super.destroy();
  }
}
