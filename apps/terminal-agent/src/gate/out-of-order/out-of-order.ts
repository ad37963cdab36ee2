import { parseWallClock, type WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { OutOfOrderTables } from './out-of-order-tables.ts';

/** A gate that failed. It is still tried for each guest, and stays marked until staff clear it. */
export type OutOfOrder = { readonly gate: string; readonly since: WallClock; readonly what: string };

type Db = Pick<Store<OutOfOrderTables>, 'db'>;

/** Loads the gates that are out of order, by name. */
export async function loadOutOfOrder({ db }: Db): Promise<ReadonlyMap<string, OutOfOrder>> {
  const rows = await db.selectFrom('gateOutOfOrder').selectAll().execute();
  return new Map(rows.map((row) => [row.gate, { ...row, since: parseWallClock(row.since) }]));
}

/** Marks a gate unless it is marked already; returns whether it was new. */
export async function markOutOfOrder({ db }: Db, { gate, since, what }: OutOfOrder): Promise<boolean> {
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

/** A gate out of order, as commands and the audit show it. */
export const outOfOrderJson = ({ gate, since, what }: OutOfOrder) => ({
  Gate: gate,
  OutOfOrderSince: since,
  What: what,
});
