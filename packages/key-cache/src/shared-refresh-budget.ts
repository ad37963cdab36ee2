import type { Migrations, Store } from '@ticket-check/storage';
import { type Allowance, type RefreshBudget, type RefreshLimits, spend, waitOf } from './refresh-budget.ts';

/** A row for each cinema whose keys were ever fetched on demand. */
type KeyRefreshRow = Allowance & { readonly cinemaCode: string };

export type RefreshBudgetTables = { keyRefresh: KeyRefreshRow };

export const refreshBudgetMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('key_refresh')
      .addColumn('cinema_code', 'text', (column) => column.primaryKey())
      // Epoch milliseconds.
      .addColumn('full_at', 'bigint', (column) => column.notNull())
      .addColumn('taken_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};

/**
 * A budget shared by all processes on one database, so that several ask upstream as rarely as one. Only an allowed fetch
 * writes. For cinemas of a bounded list: each may leave a row.
 */
export function createSharedRefreshBudget(
  store: Store<RefreshBudgetTables>,
  limits: RefreshLimits,
  now: () => number,
): Required<RefreshBudget> {
  const rowsOf = store.compileForRows<{ cinemaCode: string }, 'cinemaCode', KeyRefreshRow>(
    { cinemaCode: 'text' },
    (given) =>
      store.db
        .selectFrom(given.as('given'))
        .innerJoin('keyRefresh', 'keyRefresh.cinemaCode', 'given.cinemaCode')
        .selectAll('keyRefresh'),
  );
  const load = async (cinemaCode: string): Promise<Allowance | null> =>
    (await store.readCommitted(rowsOf([{ cinemaCode }])))[0] ?? null;

  /** False if another process has taken one since `before` was read. */
  function write(cinemaCode: string, before: Allowance | null, next: Allowance): Promise<boolean> {
    return store.transaction(
      async (trx) => {
        if (before === null) {
          const inserted = await trx
            .insertInto('keyRefresh')
            .values({ cinemaCode, ...next })
            .onConflict((conflict) => conflict.column('cinemaCode').doNothing())
            .returning('cinemaCode')
            .executeTakeFirst();
          return inserted !== undefined;
        }
        const { numUpdatedRows } = await trx
          .updateTable('keyRefresh')
          .set(next)
          .where('cinemaCode', '=', cinemaCode)
          .where('fullAt', '=', before.fullAt)
          .where('takenAt', '=', before.takenAt)
          .executeTakeFirst();
        return numUpdatedRows > 0n;
      },
      // Somebody stands at a gate with a code that no key opens.
      { urgent: true },
    );
  }

  return {
    async take(cinemaCode) {
      const allowance = await load(cinemaCode);
      const at = now();
      return waitOf(allowance, at, limits) === 0 && write(cinemaCode, allowance, spend(allowance, at, limits));
    },
    waitMs: async (cinemaCode) => waitOf(await load(cinemaCode), now(), limits),
    takenAt: async (cinemaCode) => (await load(cinemaCode))?.takenAt ?? null,
  };
}
