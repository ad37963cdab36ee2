import type { Compilable, CompiledQuery, Kysely, RawBuilder } from 'kysely';
import { type ColumnType, compileForRows, type QueryOverRows, type RowOf } from './rows-as-table.ts';
import type { Store } from './store.ts';

/** A store, and where in it a statement runs: `db` is the store's own or an open transaction of it. */
type Database<DB> = { readonly db: Kysely<DB>; readonly store: Store<DB> };

/** A query over rows for functions that are given their database with each call. */
export type Query<DB, R extends object, O> = {
  /** Asks it in a transaction, or in none. */
  ask(database: Database<DB>, rows: readonly R[]): Promise<O[]>;
  /** Finds what is committed now by the keys in the rows; few are looked up at once (`Store.readCommitted`). */
  find(store: Store<DB>, rows: readonly R[]): Promise<O[]>;
  statements(store: Store<DB>, rows: readonly R[]): CompiledQuery<O>[];
};

/** More rows are looked up in the thread of a SQLite database, so that the event loop does not block. */
const FEW = 32;

/**
 * Defines a query whose only parameters are rows (`Store.rowsAsTable`), compiled once for each store. Where rows have a
 * cinema, a distributed database is asked cinema by cinema (`byCinema`), and the answers follow each other in that order.
 */
export function queryOverRows<DB, R extends object, K extends keyof R & string, O>(
  columns: Record<K, ColumnType>,
  write: (database: Database<DB>, given: RawBuilder<RowOf<R, K>>) => Compilable<O>,
): Query<DB, R, O> {
  const compiled = new WeakMap<Store<DB>, QueryOverRows<R, O>>();

  function statements(store: Store<DB>, rows: readonly R[]): CompiledQuery<O>[] {
    let query = compiled.get(store);
    if (query === undefined) {
      query = compileForRows<R, K, O>(store, columns, (given) => write({ db: store.db, store }, given));
      compiled.set(store, query);
    }
    return query(rows);
  }

  return {
    statements,
    async ask({ db, store }, rows) {
      const found: O[] = [];
      for (const statement of statements(store, rows)) found.push(...(await db.executeQuery(statement)).rows);
      return found;
    },
    async find(store, rows) {
      const asked = statements(store, rows).map(async (statement) =>
        rows.length > FEW && store.engine === 'sqlite'
          ? (await store.db.executeQuery(statement)).rows
          : store.readCommitted(statement),
      );
      return (await Promise.all(asked)).flat();
    },
  };
}
