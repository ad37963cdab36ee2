import type { Kysely } from 'kysely';
import type { Store } from './store.ts';
import { outsideTransactions } from './transaction-scope.ts';

/**
 * Runs `work` in one transaction, with a store whose own work all goes into that one, so that what is written for a store
 * can be made part of something larger. A failed part fails the whole, even if `work` continues. The store itself must
 * not be used inside.
 */
export function inOneTransaction<DB, T>(store: Store<DB>, work: (within: Store<DB>) => Promise<T>): Promise<T> {
  // `coalesce` inside runs in this transaction too, so it does not wait for it.
  return store.transaction((trx) =>
    outsideTransactions(async () => {
      let failure: { readonly error: unknown } | undefined;
      async function run<P>(part: () => Promise<P>): Promise<P> {
        try {
          return await part();
        } catch (error) {
          failure ??= { error };
          throw error;
        }
      }
      const result = await work(partOf(store, trx, run));
      if (failure !== undefined) throw failure.error;
      return result;
    }),
  );
}

function partOf<DB>(store: Store<DB>, trx: Kysely<DB>, run: <P>(part: () => Promise<P>) => Promise<P>): Store<DB> {
  const own: Partial<Store<DB>> = {
    db: trx,
    urgent: trx,
    // What the transaction has written is seen.
    reports: trx,
    transaction: (fn) => run(() => fn(trx)),
    batch: (statements) =>
      run(async () => {
        for (const statement of statements) await trx.executeQuery(statement);
      }),
    readCommitted: async (query) => (await trx.executeQuery(query)).rows,
    close: async () => {},
  };
  return Object.assign(Object.create(store), own);
}

/**
 * The same database for code that knows only some of its tables: Kysely's types do not accept it where fewer tables are expected.
 * For the opposite, more tables, use Kysely's `$extendTables`.
 */
export function withTables<Wide extends Narrow, Narrow>(store: Store<Wide>): Store<Narrow>;
export function withTables<Wide extends Narrow, Narrow>(db: Kysely<Wide>): Kysely<Narrow>;
export function withTables(database: object): object {
  return database;
}
