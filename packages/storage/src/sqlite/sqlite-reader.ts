import type Database from 'better-sqlite3';
import type { CompiledQuery } from 'kysely';
import { isBusy } from './sqlite-busy.ts';
import { openToRead } from './sqlite-file.ts';
import { Statements } from './statements.ts';

/**
 * A second, read-only connection to a database on the thread of its caller: it sees commits at once, and with a write-ahead
 * log a reader waits for nobody.
 */
export class SqliteReader {
  readonly #db: Database.Database;
  readonly #statements: Statements;

  constructor(path: string, key: string) {
    this.#db = openToRead(path, key, 0);
    this.#statements = new Statements(this.#db);
  }

  /** The rows, or null in the rare moment when another connection sets up or tears down the log. */
  read({ sql, parameters }: CompiledQuery): Record<string, unknown>[] | null {
    try {
      return this.#statements.prepare(sql).all(parameters) as Record<string, unknown>[];
    } catch (error) {
      if (isBusy(error)) return null;
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }
}
