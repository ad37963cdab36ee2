import type { CinemaCode, WallClock } from '@ticket-check/protocol';
import { queryOverRows } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { haveSameKey, KEY_COLUMNS, keyOf, keyText, type RecordKey } from '../tables/record-key.ts';
import type { CheckRecordTables, Database, DeliveredRecordRow } from '../tables/tables.ts';

const KEY = Object.keys(KEY_COLUMNS) as (keyof typeof KEY_COLUMNS)[];

type Key = Pick<DeliveredRecordRow, keyof typeof KEY_COLUMNS>;

/** When upstream accepted a record for the first time, and when that report was sent, where that is known. */
type Delivery = { readonly deliveredAt: WallClock; readonly sentAt: WallClock | null };
export type DeliveredRecord = RecordKey & Delivery & { readonly cinemaCode: CinemaCode };

/** Notes that upstream has accepted these records. What is sent again keeps the times of its first delivery. */
export async function noteDelivered(
  { db, store }: Database,
  keys: readonly Key[],
  { deliveredAt, sentAt }: Delivery,
): Promise<void> {
  if (keys.length === 0) return;
  await db
    .insertInto('deliveredRecord')
    .columns([...KEY, 'deliveredAt', 'sentAt'])
    .expression((eb) =>
      eb
        .selectFrom(store.rowsAsTable(keys, KEY_COLUMNS).as('given'))
        .select(['given.recordId', 'given.identity', 'given.cinemaCode'])
        .select(sql<string>`cast(${deliveredAt} as text)`.as('deliveredAt'))
        .select(sql<string | null>`cast(${sentAt} as text)`.as('sentAt'))
        // Without it SQLite reads the following `on conflict` as a join.
        .where(sql.lit(true)),
    )
    .onConflict((conflict) => conflict.columns(KEY).doNothing())
    .execute();
}

/** Takes over what another store knew of records that are here; what is known here stays. */
export async function takeOverDelivered({ db, store }: Database, delivered: readonly DeliveredRecord[]): Promise<void> {
  if (delivered.length === 0) return;
  await db
    .insertInto('deliveredRecord')
    .columns([...KEY, 'deliveredAt', 'sentAt'])
    .expression((eb) =>
      eb
        .selectFrom(store.rowsAsTable(delivered, DELIVERED_COLUMNS).as('given'))
        .innerJoin('checkRecord', (join) => join.on(haveSameKey('checkRecord', 'given')))
        .select(['given.recordId', 'given.identity', 'given.cinemaCode', 'given.deliveredAt', 'given.sentAt'])
        .where(sql.lit(true)),
    )
    .onConflict((conflict) => conflict.columns(KEY).doNothing())
    .execute();
}

const DELIVERED_COLUMNS = { ...KEY_COLUMNS, deliveredAt: 'text', sentAt: 'text' } as const;

/** The first delivery of each of these records, by `keyText`, as far as that is known: earlier versions did not note it. */
export async function loadDeliveries(
  database: Database,
  records: readonly ReceivedRecord[],
): Promise<Map<string, Delivery>> {
  if (records.length === 0) return new Map();
  const rows = await deliveredOf.ask(database, records.map(keyOf));
  return new Map(rows.map(({ deliveredAt, sentAt, ...key }) => [keyText(key), { deliveredAt, sentAt } as Delivery]));
}

const deliveredOf = queryOverRows<CheckRecordTables, Key, keyof Key, DeliveredRecordRow>(KEY_COLUMNS, ({ db }, given) =>
  db
    .selectFrom(given.as('given'))
    .innerJoin('deliveredRecord', (join) => join.on(haveSameKey('deliveredRecord', 'given')))
    .selectAll('deliveredRecord'),
);
