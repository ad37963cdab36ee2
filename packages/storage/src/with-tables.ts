import type { Kysely } from 'kysely';
import type { Store } from './store.ts';

/**
 * The same database for code that knows only some of its tables: Kysely's types do not accept it where fewer tables are expected.
 * For the opposite, more tables, use Kysely's `$extendTables`.
 */
export function withTables<Wide extends Narrow, Narrow>(store: Store<Wide>): Store<Narrow>;
export function withTables<Wide extends Narrow, Narrow>(db: Kysely<Wide>): Kysely<Narrow>;
export function withTables(database: object): object {
  return database;
}
