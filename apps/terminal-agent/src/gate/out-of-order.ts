import { parseWallClock, type WallClock } from '@ticket-check/protocol';
import { measuredGauge, type Service } from '@ticket-check/runtime';
import { type Migrations, required, type Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { TerminalClock } from '../clock/terminal-clock.ts';

/** Rows of gates that are out of order. Times are wall clocks of Asia/Shanghai. */
export type OutOfOrderTables = {
  /** Gates that failed, until staff clear them: since when, and the first fault. */
  gateOutOfOrder: { gate: string; since: string; what: string };
};

export const outOfOrderMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('gate_out_of_order')
      .addColumn('gate', 'text', (column) => column.primaryKey())
      .$call(required('text', 'since', 'what'))
      .execute();
  },
};

/** A gate that failed. It is still tried for each guest, and stays marked until staff clear it. */
export type OutOfOrder = { readonly gate: string; readonly since: WallClock; readonly what: string };

type Db = Pick<Store<OutOfOrderTables>, 'db'>;

export async function loadOutOfOrder({ db }: Db): Promise<ReadonlyMap<string, OutOfOrder>> {
  const rows = await db.selectFrom('gateOutOfOrder').selectAll().execute();
  return new Map(rows.map((row) => [row.gate, { ...row, since: parseWallClock(row.since) }]));
}

/** Marks a gate unless it is marked already; returns whether it was new. */
async function markOutOfOrder({ db }: Db, { gate, since, what }: OutOfOrder): Promise<boolean> {
  const marked = await db
    .insertInto('gateOutOfOrder')
    .values({ gate, since, what })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return marked.numInsertedOrUpdatedRows === 1n;
}

/** Clears a gate, in an open transaction; `null` if it is not out of order. Run as an operation. */
export async function clearOutOfOrder(db: Kysely<OutOfOrderTables>, gate: string): Promise<OutOfOrder | null> {
  const row = await db.deleteFrom('gateOutOfOrder').where('gate', '=', gate).returningAll().executeTakeFirst();
  return row === undefined ? null : { ...row, since: parseWallClock(row.since) };
}

export const outOfOrderJson = ({ gate, since, what }: OutOfOrder) => ({
  Gate: gate,
  OutOfOrderSince: since,
  What: what,
});

export type NoteFault = (gate: string, what: string) => Promise<void>;

/** Counts marked gates in the metrics. Never rejects: a fault that cannot be stored is logged, and shown while it lasts. */
export function createNoteFault(
  { logger, metrics }: Pick<Service, 'logger' | 'metrics'>,
  { store, clock }: { store: Store<OutOfOrderTables>; clock: Pick<TerminalClock, 'now'> },
): NoteFault {
  measuredGauge(
    metrics,
    'gates_out_of_order',
    'Gates that failed and that staff have not cleared',
    async () => (await loadOutOfOrder(store)).size,
  );
  return async (gate, what) => {
    try {
      if (await markOutOfOrder(store, { gate, since: clock.now(), what })) {
        logger.error({ gate, what }, 'gate is out of order until cleared');
      }
    } catch (error) {
      logger.error({ err: error, gate, what }, 'failed to store the fault of a gate');
    }
  };
}
