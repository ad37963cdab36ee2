import type { WallClock } from '@ticket-check/protocol';
import { acrossCinemas } from '@ticket-check/storage';
import { sql } from 'kysely';
import { isOnPage, type ListPlace, PRIMARY_KEY, placeIn } from '../tables/keys.ts';
import { NEXT_REVISION } from '../tables/outbox-rows.ts';
import type { OwnStore } from '../tables/tables.ts';

/** A slice of this size takes a database some milliseconds; claims and reports have their turn between slices. */
const RECORDS_A_SLICE = 500;

/** Queues again what was delivered since a time, in slices, oldest first; calling it again queues the rest. Answers how many. X4. */
export async function resendSince(store: OwnStore, since: WallClock): Promise<number> {
  const { rows: deliveries } = await sql<{ cinemaCode: string; oldest: string }>`
    select ${acrossCinemas('command')} cinema_code, min(oldest_check_time) as oldest from delivery
    where last_delivered_at >= ${since} group by cinema_code order by oldest
  `.execute(store.db);
  let queued = 0;
  for (const { cinemaCode, oldest } of deliveries) {
    let from: ListPlace | undefined = { checkTime: oldest, recordId: '', identity: '' };
    while (from !== undefined) {
      const to = await loadSliceEnd(store, cinemaCode, from);
      queued += await resendSlice(store, cinemaCode, from, to);
      from = to;
    }
  }
  return queued;
}

/** The last record of a cinema's slice after a place; undefined if that is the last slice. */
async function loadSliceEnd({ db }: OwnStore, cinemaCode: string, from: ListPlace) {
  const { rows } = await sql<ListPlace>`
    select check_time, record_id, identity from check_record
    where cinema_code = ${cinemaCode} and ${isOnPage('checkRecord', { after: from })}
    order by ${placeIn('checkRecord')} limit 1 offset ${RECORDS_A_SLICE - 1}
  `.execute(db);
  return rows[0];
}

async function resendSlice(store: OwnStore, cinemaCode: string, from: ListPlace, to: ListPlace | undefined) {
  const isUpTo = to && sql`(${placeIn('checkRecord')}) <= (${to.checkTime}, ${to.recordId}, ${to.identity})`;
  // One that is being purged is not queued, and one that is being queued is not purged.
  const locking = store.engine === 'postgres' ? sql`for key share` : sql``;
  // A reply that is under way comes from the upstream that has lost its data.
  const queueing = sql`
    insert into outbox (record_id, identity, cinema_code, check_time, start_time, incomplete, revision, attempts)
    select record_id, identity, cinema_code, check_time, start_time, case when ticket_type is null then 1 else 0 end, 0, 0
    from check_record
    where cinema_code = ${cinemaCode} and quarantine is null and ${isOnPage('checkRecord', { after: from })}
      and ${isUpTo ?? sql.lit(true)} ${locking}
    on conflict (${sql.join(PRIMARY_KEY[store.engine].map((column) => sql.ref(column)))}) do update set revision = ${NEXT_REVISION}
  `;
  // In a transaction, which runs again where it and a report wait for each other.
  const { numAffectedRows } = await store.transaction((trx) => queueing.execute(trx));
  return Number(numAffectedRows ?? 0);
}
