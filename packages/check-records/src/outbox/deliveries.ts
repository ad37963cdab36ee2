import { unixSecondsOf, type WallClock, wallClockAt } from '@ticket-check/protocol';
import { queryOverRows } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { keyOf, keyText, sameColumns } from '../tables/keys.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { insertFrom } from '../tables/record-rows.ts';
import type { CheckRecordTables, Database, DeliveredRecordRow } from '../tables/tables.ts';

const KEY_COLUMNS = { recordId: 'text', cinemaCode: 'text', startTime: 'text' } as const;
const KEY = Object.keys(KEY_COLUMNS) as (keyof typeof KEY_COLUMNS)[];

type Key = Pick<DeliveredRecordRow, keyof typeof KEY_COLUMNS>;

/** Whether a row of deliveries is about the record of a row of another table, for a join or a condition. */
export const isDeliveryOf: (deliveries: string, other: string) => RawBuilder<boolean> = sameColumns(KEY_COLUMNS);

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
    deliveredAt: sql`cast(${unixSecondsOf(deliveredAt)} as bigint)`,
    sentAt: sql`cast(${sentAt === null ? null : unixSecondsOf(sentAt)} as bigint)`,
    refusals: sql`nullif(given.attempts, 0)`,
  })
    .onConflict((conflict) => conflict.columns(KEY).doNothing())
    .execute();
}

/** By `keyText`. */
export async function loadDeliveries(
  database: Database,
  records: readonly ReceivedRecord[],
): Promise<Map<string, Delivery>> {
  const rows = await deliveredOf.ask(database, records);
  const known = new Map(rows.map((row) => [textOf(row), row]));
  return new Map(
    records.flatMap((record) => {
      const row = known.get(textOf(record));
      return row === undefined ? [] : [[keyText(keyOf(record)), deliveryIn(row)]];
    }),
  );
}

const textOf = ({ recordId, startTime, cinemaCode }: Key) => `${recordId} ${startTime} ${cinemaCode}`;

function deliveryIn({ deliveredAt, sentAt, refusals }: DeliveredRecordRow): Delivery {
  return {
    deliveredAt: wallClockAt(deliveredAt * 1000),
    sentAt: sentAt === null ? null : wallClockAt(sentAt * 1000),
    refusals,
  };
}

const deliveredOf = queryOverRows<CheckRecordTables, Key, keyof Key, DeliveredRecordRow>(KEY_COLUMNS, ({ db }, given) =>
  db
    .selectFrom(given.as('given'))
    .innerJoin('deliveredRecord', (join) => join.on(isDeliveryOf('deliveredRecord', 'given')))
    .selectAll('deliveredRecord'),
);
