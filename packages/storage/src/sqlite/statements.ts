import { createLruCache } from '@ticket-check/runtime/threads';
import type Database from 'better-sqlite3';
import type { CompiledQuery } from 'kysely';
import { isBusy, openToRead } from './sqlite-file.ts';

const MAX_STATEMENTS = 500;
/** Characters of a statement that is kept: those that list many rows differ with their number, and hold some 100 KB each. */
const MAX_KEPT_TEXT = 4096;

/** Keeps the statements last used prepared: every query comes as text, and preparing it costs more than running it. */
export class Statements {
  readonly #db: Database.Database;
  readonly #prepared = createLruCache<Database.Statement>(MAX_STATEMENTS);

  constructor(db: Database.Database) {
    this.#db = db;
  }

  run(sql: string, parameters: readonly unknown[] = []): void {
    const statement = this.prepare(sql);
    if (statement.reader) statement.all(parameters);
    else statement.run(parameters);
  }

  prepare(sql: string): Database.Statement {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const made = this.#db.prepare(sql);
    if (sql.length <= MAX_KEPT_TEXT) this.#prepared.set(sql, made);
    return made;
  }
}

/**
 * A second, read-only connection to a database on the thread of its caller: it sees commits at once, and with a write-ahead
 * log a reader waits for nobody.
 */
export function openReader(path: string, key: string) {
  const db = openToRead(path, key, 0);
  const statements = new Statements(db);
  return {
    /** The rows, or null in the rare moment when another connection sets up or tears down the log. */
    read({ sql, parameters }: CompiledQuery): Record<string, unknown>[] | null {
      try {
        return statements.prepare(sql).all(parameters) as Record<string, unknown>[];
      } catch (error) {
        if (isBusy(error)) return null;
        throw error;
      }
    },
    close: () => void db.close(),
  };
}
