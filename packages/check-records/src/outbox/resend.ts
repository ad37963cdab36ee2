import type { WallClock } from '@ticket-check/protocol';
import { acrossCinemas, type Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { isOnPage, type ListPlace, PRIMARY_KEY, placeIn } from '../tables/keys.ts';
import { NEXT_REVISION } from '../tables/outbox-rows.ts';
import type { CheckRecordTables } from '../tables/tables.ts';

/** A slice of this size takes a database some milliseconds; claims and reports have their turn between slices. */
const RECORDS_A_SLICE = 500;

/** Queues again what was delivered since a time, in slices, oldest first; calling it again queues the rest. Answers how many. X4. */
export async function resendSince(store: Store<CheckRecordTables>, since: WallClock): Promise<number> {
  const { rows: deliveries } = await sql<{ cinemaCode: string; oldest: string }>`
    select ${acrossCinemas('command')} cinema_code, min(oldest_check_time) as oldest from delivery
    where last_delivered_at >= ${since} group by cinema_code order by oldest
  `.execute(store.db);
  let queued = 0;
  for (const { cinemaCode, oldest } of deliveries) {
    let from: ListPlace | undefined = { checkTime: oldest, recordId: '', identity: '' };
    while (from !== undefined) {
      const to = await loadSliceEnd(store.db, cinemaCode, from);
      queued += await resendSlice(store, cinemaCode, from, to);
      from = to;
    }
  }
  return queued;
}

/** The last record of a cinema's slice after a place; undefined if that is the last slice. */
function loadSliceEnd(
  db: Kysely<CheckRecordTables>,
  cinemaCode: string,
  from: ListPlace,
): Promise<ListPlace | undefined> {
  return db
    .selectFrom('checkRecord')
    .select(['checkTime', 'recordId', 'identity'])
    .where('cinemaCode', '=', cinemaCode)
    .where(isOnPage('checkRecord', { after: from }))
    .orderBy(placeIn('checkRecord'))
    .offset(RECORDS_A_SLICE - 1)
    .limit(1)
    .executeTakeFirst();
}

async function resendSlice(
  store: Store<CheckRecordTables>,
  cinemaCode: string,
  from: ListPlace,
  to: ListPlace | undefined,
): Promise<number> {
  const isUpTo = to && sql<boolean>`(${placeIn('checkRecord')}) <= (${to.checkTime}, ${to.recordId}, ${to.identity})`;
  // In a transaction, which runs again where it and a report wait for each other.
  const { numInsertedOrUpdatedRows } = await store.transaction((trx) =>
    trx
      .insertInto('outbox')
      .columns(['recordId', 'identity', 'cinemaCode', 'checkTime', 'startTime', 'incomplete', 'revision', 'attempts'])
      .expression((eb) =>
        eb
          .selectFrom('checkRecord')
          .select(['recordId', 'identity', 'cinemaCode', 'checkTime', 'startTime'])
          .select(sql<number>`case when ticket_type is null then 1 else 0 end`.as('incomplete'))
          .select([sql.lit(0).as('revision'), sql.lit(0).as('attempts')])
          .where('cinemaCode', '=', cinemaCode)
          .where('quarantine', 'is', null)
          .where(isOnPage('checkRecord', { after: from }))
          .where(isUpTo ?? sql.lit(true))
          // One that is being purged is not queued, and one that is being queued is not purged.
          .$if(store.engine === 'postgres', (query) => query.forKeyShare()),
      )
      // A reply that is under way comes from the upstream that has lost its data.
      .onConflict((conflict) => conflict.columns(PRIMARY_KEY[store.engine]).doUpdateSet({ revision: NEXT_REVISION }))
      .executeTakeFirstOrThrow(),
  );
  return Number(numInsertedOrUpdatedRows ?? 0);
}
