import type Database from 'better-sqlite3';

const MAX_STATEMENTS = 500;

/**
 * Keeps the statements last used prepared: every query comes as text, and preparing it costs more than running it.
 */
export class Statements {
  readonly #db: Database.Database;
  readonly #prepared = new Map<string, Database.Statement>();

  constructor(db: Database.Database) {
    this.#db = db;
  }

  /** Runs a statement only for its effect. */
  run(sql: string, parameters: readonly unknown[] = []): void {
    const statement = this.prepare(sql);
    if (statement.reader) statement.all(parameters);
    else statement.run(parameters);
  }

  prepare(sql: string): Database.Statement {
    const known = this.#prepared.get(sql);
    const statement = known ?? this.#db.prepare(sql);
    if (known !== undefined) this.#prepared.delete(sql);
    this.#prepared.set(sql, statement);
    if (this.#prepared.size > MAX_STATEMENTS) {
      const [oldest] = this.#prepared.keys();
      if (oldest !== undefined) this.#prepared.delete(oldest);
    }
    return statement;
  }
}
