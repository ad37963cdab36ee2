import type { Compilable, CompiledQuery, Kysely, RawBuilder } from 'kysely';
import { coalesce } from './coalesce.ts';
import {
  byCinema,
  CINEMA,
  type ColumnType,
  isOfOneCinema,
  parametersOf,
  type RowOf,
  rowsAsTable,
} from './rows-as-table.ts';
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
export function queryOverRows<DB, R extends object, O>(
  columns: Record<keyof R & string, ColumnType>,
  write: (database: Database<DB>, given: RawBuilder<RowOf<R, keyof R & string>>) => Compilable<O>,
): Query<DB, R, O> {
  const compiled = new WeakMap<Store<DB>, { oneCinema?: CompiledQuery<O>; any?: CompiledQuery<O> }>();

  function statement(store: Store<DB>, rows: readonly R[]): CompiledQuery<O> {
    const { engine, db } = store;
    const parameters = parametersOf(engine, rows, columns);
    const form = engine === 'postgres' && isOfOneCinema(rows, columns) ? 'oneCinema' : 'any';
    const its = compiled.get(store) ?? {};
    compiled.set(store, its);
    its[form] ??= write({ db, store }, rowsAsTable<R, keyof R & string>(engine, rows, columns)).compile();
    if (its[form].parameters.length !== parameters.length)
      throw new TypeError('a query over rows has no parameters beside its rows: write them as literals or as a column');
    return { ...its[form], parameters };
  }

  function statements(store: Store<DB>, rows: readonly R[]): CompiledQuery<O>[] {
    if (rows.length === 0) return [];
    const groups = CINEMA in columns ? byCinema(store, rows as readonly (R & { cinemaCode: string })[]) : [rows];
    return groups.map((group) => statement(store, group));
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

/** Looks up rows for all who ask in one moment by one query; each is answered with the rows of its own key. */
export function lookUp<DB, R extends object, O>(
  store: Store<DB>,
  query: Query<DB, R, O>,
  keyOf: (of: R | O) => string,
  options?: { windowMs?: number },
): (row: R) => Promise<readonly O[]> {
  return coalesce<R, readonly O[]>(async (rows) => {
    const different = new Map(rows.map((row) => [keyOf(row), row]));
    const found = Map.groupBy(await query.find(store, [...different.values()]), keyOf);
    return rows.map((row) => found.get(keyOf(row)) ?? []);
  }, options);
}
