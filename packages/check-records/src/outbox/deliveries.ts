import { type WallClock, wallClockAt } from '@ticket-check/protocol';
import { queryOverRows } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { haveSameKey, KEY_COLUMNS as OUTBOX_KEY, sameColumns } from '../tables/keys.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import type { CheckRecordTables, Database, DeliveredRecordRow, OutboxRow } from '../tables/tables.ts';

const KEY_COLUMNS = { recordId: 'text', cinemaCode: 'text', startTime: 'text' } as const;

type Key = Pick<DeliveredRecordRow, keyof typeof KEY_COLUMNS>;

/** Whether a row of deliveries is about the record of a row of another table, for a join or a condition. */
export const isDeliveryOf: (deliveries: string, other: string) => RawBuilder<boolean> = sameColumns(KEY_COLUMNS);

export type Delivery = {
  /** When upstream accepted a record for the first time; null if it did not yet, or if unknown. */
  readonly deliveredAt: WallClock | null;
  /** When that report was sent; null if unknown. */
  readonly sentAt: WallClock | null;
  /** How often upstream had refused it before; null if it never did or if unknown. */
  readonly refusals: number | null;
};

export type Accepted = Pick<OutboxRow, keyof typeof OUTBOX_KEY | 'revision'> &
  Pick<DeliveredRecordRow, 'deliveredAt' | 'sentAt'>;

/** Notes of records that wait as they were accepted, and how often they had been refused; only of the first delivery. */
export const noteDelivered = queryOverRows<CheckRecordTables, Accepted, unknown>(
  { ...OUTBOX_KEY, revision: 'integer', deliveredAt: 'integer', sentAt: 'integer' },
  ({ db }, given) =>
    db
      .insertInto('deliveredRecord')
      .columns(['recordId', 'cinemaCode', 'startTime', 'deliveredAt', 'sentAt', 'refusals'])
      .expression(
        sql`select given.record_id, given.cinema_code, given.start_time, given.delivered_at, given.sent_at, nullif(outbox.attempts, 0)
          from ${given} as given join outbox on ${haveSameKey('outbox', 'given')} and outbox.revision = given.revision
          where not exists (select 1 from delivered_record d where ${isDeliveryOf('d', 'given')})`,
      )
      // PostgreSQL has no unique key here: two processes that send one record at the same moment may both note it, and either row will do.
      .onConflict((conflict) => conflict.doNothing()),
);

/** For each record, in order. */
export async function loadDeliveries(database: Database, records: readonly ReceivedRecord[]): Promise<Delivery[]> {
  const rows = await deliveredOf.ask(database, records);
  const known = new Map(rows.map((row) => [textOf(row), row]));
  const timeOf = (seconds: number | null = null) => (seconds === null ? null : wallClockAt(seconds * 1000));
  return records.map((record) => {
    const { deliveredAt, sentAt, refusals = null } = known.get(textOf(record)) ?? {};
    return { deliveredAt: timeOf(deliveredAt), sentAt: timeOf(sentAt), refusals };
  });
}

const textOf = ({ recordId, startTime, cinemaCode }: Key) => `${recordId} ${startTime} ${cinemaCode}`;

const deliveredOf = queryOverRows<CheckRecordTables, Key, DeliveredRecordRow>(KEY_COLUMNS, ({ db }, given) =>
  db
    .selectFrom(given.as('given'))
    .innerJoin('deliveredRecord', (join) => join.on(isDeliveryOf('deliveredRecord', 'given')))
    .selectAll('deliveredRecord'),
);
