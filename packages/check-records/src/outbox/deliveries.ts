import type { WallClock } from '@ticket-check/protocol';
import { queryOverRows } from '@ticket-check/storage';
import { sql } from 'kysely';
import { haveSameKey, KEY_COLUMNS, keyOf, keyText } from '../tables/keys.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { insertFrom } from '../tables/record-rows.ts';
import type { CheckRecordTables, Database, DeliveredRecordRow } from '../tables/tables.ts';

const KEY = Object.keys(KEY_COLUMNS) as (keyof typeof KEY_COLUMNS)[];

type Key = Pick<DeliveredRecordRow, keyof typeof KEY_COLUMNS>;

/** When upstream accepted a record for the first time, when that report was sent, and how often it had refused the record before. */
type Delivery = {
  readonly deliveredAt: WallClock;
  /** null if unknown. */
  readonly sentAt: WallClock | null;
  /** null if it never did or if unknown. */
  readonly refusals: number | null;
};

/**
 * Notes that upstream has accepted these records, each with its number of refusals before (`attempts`). A record that was sent
 * again keeps what was noted of its first delivery.
 */
export async function noteDelivered(
  { db, store }: Database,
  delivered: readonly (Key & { readonly attempts: number })[],
  { deliveredAt, sentAt }: Omit<Delivery, 'refusals'>,
): Promise<void> {
  if (delivered.length === 0) return;
  const given = store.rowsAsTable(delivered, { ...KEY_COLUMNS, attempts: 'integer' });
  await insertFrom(db, 'deliveredRecord', given, KEY, {
    deliveredAt: sql`cast(${deliveredAt} as text)`,
    sentAt: sql`cast(${sentAt} as text)`,
    refusals: sql`nullif(given.attempts, 0)`,
  })
    .onConflict((conflict) => conflict.columns(KEY).doNothing())
    .execute();
}

export async function loadDeliveries(
  database: Database,
  records: readonly ReceivedRecord[],
): Promise<Map<string, Delivery>> {
  if (records.length === 0) return new Map();
  const rows = await deliveredOf.ask(database, records.map(keyOf));
  return new Map(
    rows.map(({ deliveredAt, sentAt, refusals, ...key }) => [
      keyText(key),
      { deliveredAt, sentAt, refusals } as Delivery,
    ]),
  );
}

const deliveredOf = queryOverRows<CheckRecordTables, Key, keyof Key, DeliveredRecordRow>(KEY_COLUMNS, ({ db }, given) =>
  db
    .selectFrom(given.as('given'))
    .innerJoin('deliveredRecord', (join) => join.on(haveSameKey('deliveredRecord', 'given')))
    .selectAll('deliveredRecord'),
);
