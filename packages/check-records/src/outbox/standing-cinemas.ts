import { addSeconds, businessDate, type CinemaCode, type WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { CheckRecordTables } from '../tables/tables.ts';

/** A cinema whose queue stands still, and since when its oldest record has been here. */
export type StandingCinema = { readonly cinemaCode: CinemaCode; readonly since: WallClock };

/**
 * Finds the cinemas without deliveries for some time although their oldest record came before that. Judged by the database, so
 * it does not matter which process sends, nor when it started. Parked records do not count: they may never go. A few look-ups
 * for each cinema with something waiting, however many records that is.
 */
export async function loadStandingCinemas(
  { db }: Store<CheckRecordTables>,
  { at, forSeconds }: { at: WallClock; forSeconds: number },
): Promise<StandingCinema[]> {
  const since = addSeconds(at, -forSeconds);
  // The first of each kind, because each kind has an order of its own in the index.
  const oldest = (incomplete: 0 | 1) => sql`
    select o.record_id from outbox o
    where o.cinema_code = w.cinema_code and o.parked_at is null and o.incomplete = ${sql.lit(incomplete)}
    order by o.check_time, o.record_id limit 1`;
  const { rows } = await sql<StandingCinema>`
    with recursive waiting (cinema_code) as (
      select min(cinema_code) from outbox where parked_at is null
      union all
      select (select min(o.cinema_code) from outbox o where o.parked_at is null and o.cinema_code > w.cinema_code)
      from waiting w where w.cinema_code is not null
    )
    select w.cinema_code, min(r.received_at) as since
    from waiting w
    join check_record r on r.cinema_code = w.cinema_code and r.record_id in ((${oldest(0)}), (${oldest(1)}))
    where not exists (
      select 1 from delivery d
      where d.delivered_on in (${businessDate(since)}, ${businessDate(at)})
        and d.cinema_code = w.cinema_code and d.last_delivered_at > ${since}
    )
    group by w.cinema_code
    having min(r.received_at) <= ${since}
    order by w.cinema_code`.execute(db);
  return rows;
}
