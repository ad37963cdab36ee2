import type Database from 'better-sqlite3';
import type { SqliteDatabase } from 'kysely';

const MOST_STATEMENTS = 500;

/** Keeps the statements last used prepared: Kysely writes its SQL anew for every query, and preparing it costs more than running it. */
export function cacheStatements(db: Database.Database): SqliteDatabase {
  const statements = new Map<string, Database.Statement>();
  return {
    close: () => {
      db.close();
    },
    prepare(sql) {
      const cached = statements.get(sql);
      // One that is being iterated cannot be run a second time.
      if (cached?.busy) return db.prepare(sql);
      const statement = cached ?? db.prepare(sql);
      statements.delete(sql);
      statements.set(sql, statement);
      if (statements.size > MOST_STATEMENTS) {
        for (const oldest of statements.keys()) {
          statements.delete(oldest);
          break;
        }
      }
      return statement;
    },
  };
}
