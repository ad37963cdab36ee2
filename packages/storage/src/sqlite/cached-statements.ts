import type Database from 'better-sqlite3';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { busy, isBusy } from './sqlite-busy.ts';

const MOST_STATEMENTS = 500;

/**
 * Keeps the statements last used prepared: Kysely hands over the text for every query, and preparing it costs more
 * than running it.
 */
export function cacheStatements(db: Database.Database): SqliteDatabase {
  const statements = new Map<string, CachedStatement>();
  return {
    close: () => {
      db.close();
    },
    prepare(sql) {
      const cached = statements.get(sql);
      // One that is being iterated cannot be run a second time.
      if (cached?.busy) return new CachedStatement(db.prepare(sql));
      const statement = cached ?? new CachedStatement(db.prepare(sql));
      statements.delete(sql);
      statements.set(sql, statement);
      if (statements.size > MOST_STATEMENTS) {
        const [oldest] = statements.keys();
        if (oldest !== undefined) statements.delete(oldest);
      }
      return statement;
    },
  };
}

class CachedStatement implements SqliteStatement {
  readonly reader: boolean;
  readonly #statement: Database.Statement;

  constructor(statement: Database.Statement) {
    this.#statement = statement;
    this.reader = statement.reader;
  }

  get busy(): boolean {
    return this.#statement.busy;
  }

  all(parameters: readonly unknown[]): unknown[] {
    return orBusy(() => this.#statement.all(parameters));
  }

  run(parameters: readonly unknown[]): Database.RunResult {
    return orBusy(() => this.#statement.run(parameters));
  }

  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return this.#statement.iterate(parameters);
  }
}

function orBusy<T>(query: () => T): T {
  try {
    return query();
  } catch (error) {
    throw isBusy(error) ? busy(error) : error;
  }
}
