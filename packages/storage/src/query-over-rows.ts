import type { Compilable, Kysely, RawBuilder } from 'kysely';
import type { ColumnType, QueryOverRows, RowOf } from './rows-as-table.ts';
import type { Store } from './store.ts';

/** A store, and where in it a statement runs: `db` is the store's own or an open transaction of it. */
type Database<DB> = { readonly db: Kysely<DB>; readonly store: Store<DB> };

/** A query over rows for functions that are given their database with each call. */
export type Query<DB, R extends object, O> = {
  /** Asks it in a transaction, or in none. */
  ask(database: Database<DB>, rows: readonly R[]): Promise<O[]>;
  /** Finds what is committed now by the keys in the rows; few are looked up at once (`Store.readCommitted`). */
  find(store: Store<DB>, rows: readonly R[]): Promise<O[]>;
};

/** More rows are looked up in the database's own thread, so that the event loop does not block. */
const FEW = 32;

/**
 * Defines a query over rows (`Store.rowsAsTable`). It is written and compiled once for each store, which takes longer than
 * asking it. Its only parameters are the rows.
 *
 * @example
 * const findSeats = queryOverRows<Tables, { seatCode: string }, 'seatCode', Seat>({ seatCode: 'text' }, ({ db }, given) =>
 *   db.selectFrom(given.as('given')).innerJoin('seat', 'seat.seatCode', 'given.seatCode').selectAll('seat'),
 * );
 * const seats = await findSeats.ask({ db: trx, store }, asked);
 */
export function queryOverRows<DB, R extends object, K extends keyof R & string, O>(
  columns: Record<K, ColumnType>,
  write: (database: Database<DB>, given: RawBuilder<RowOf<R, K>>) => Compilable<O>,
): Query<DB, R, O> {
  const compiled = new WeakMap<Store<DB>, QueryOverRows<R, O>>();

  function queryOf(store: Store<DB>): QueryOverRows<R, O> {
    const known = compiled.get(store);
    if (known !== undefined) return known;
    const made = store.compileForRows<R, K, O>(columns, (given) => write({ db: store.db, store }, given));
    compiled.set(store, made);
    return made;
  }

  return {
    async ask({ db, store }, rows) {
      return (await db.executeQuery(queryOf(store)(rows))).rows;
    },
    async find(store, rows) {
      const query = queryOf(store)(rows);
      return rows.length > FEW ? (await store.db.executeQuery(query)).rows : store.readCommitted(query);
    },
  };
}
