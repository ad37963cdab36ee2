import type { Kysely } from 'kysely';
import type { Store } from './store.ts';

/**
 * The same database for code that knows some of its tables alone: types of Kysely allow nothing else in a place where fewer tables
 * are expected. The opposite, more tables than somebody was told of, is `$extendTables` of Kysely.
 */
export function withTables<Wide extends Narrow, Narrow>(store: Store<Wide>): Store<Narrow>;
export function withTables<Wide extends Narrow, Narrow>(db: Kysely<Wide>): Kysely<Narrow>;
export function withTables(database: object): object {
  return database;
}
