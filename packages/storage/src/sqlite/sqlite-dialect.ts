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
import { errorCode, StoreError } from '../store-error.ts';
import { cacheStatements } from './cached-statements.ts';
import { BUSY_TIMEOUT_MS } from './sqlite-file.ts';

/** Kysely's SQLite dialect with write transactions, transactional migrations and prepared statements that are kept. */
export function sqliteDialect(db: Database.Database): Dialect {
  return {
    createDriver: () => new WritingDriver(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TransactionalAdapter(),
    createIntrospector: (kysely: Kysely<unknown>) => new SqliteIntrospector(kysely),
  };
}

class TransactionalAdapter extends SqliteAdapter {
  // So that the migrator works inside one transaction, whose IMMEDIATE lock keeps other processes out.
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class WritingDriver extends SqliteDriver {
  readonly #begin: () => void;

  constructor(db: Database.Database) {
    super({ database: cacheStatements(db) });
    const impatient = db.prepare('pragma busy_timeout = 0');
    const patient = db.prepare(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const begin = db.prepare('begin immediate');
    this.#begin = () => {
      impatient.get();
      try {
        begin.run();
      } finally {
        patient.get();
      }
    };
  }

  // A deferred transaction that reads and then writes fails when another process wrote in between; and SQLite's own waiting would
  // stop the event loop, so the lock is asked for again and again without it.
  override async beginTransaction(_connection: DatabaseConnection): Promise<void> {
    const giveUpAt = performance.now() + BUSY_TIMEOUT_MS;
    for (;;) {
      try {
        return this.#begin();
      } catch (error) {
        if (!errorCode(error).startsWith('SQLITE_BUSY')) throw error;
        if (performance.now() > giveUpAt) {
          throw new StoreError(
            'BUSY',
            `The database stayed locked by another process for ${BUSY_TIMEOUT_MS / 1000} seconds.`,
            { cause: error },
          );
        }
      }
      await delay(1 + Math.random() * 2);
    }
  }
}
