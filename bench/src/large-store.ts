import { type BusinessDate, businessDate, businessDay, parseBusinessDate, wallClockAt } from '@ticket-check/protocol';
import { readThirdPartySettings } from '@ticket-check/third-party-platform/config';
import { openDatabase, type ThirdPartyStore } from '@ticket-check/third-party-platform/database';
import { type RawBuilder, sql } from 'kysely';
import { say } from './command-line.ts';

const MS_A_DAY = 86_400_000;

/** What lies in the store of the platform before anything is measured. */
type LargeStore = {
  /** Business dates that end with the current one, and how many records each has. */
  readonly days: number;
  readonly aDay: number;
  /** Number of cinemas, with consecutive codes. */
  readonly cinemas: number;
  readonly firstCinema: number;
};

/** The business date a number of days before the current one. */
export function dateBefore(days: number): BusinessDate {
  const today = Date.parse(businessDate(wallClockAt(Date.now())));
  return parseBusinessDate(new Date(today - days * MS_A_DAY).toISOString().slice(0, 10));
}

/** Fills the store of a third-party platform that does not run. */
export async function fillStore(directory: string, shape: LargeStore): Promise<void> {
  const { days, aDay } = shape;
  const store = await openDatabase(readThirdPartySettings({ DATA_DIR: directory }));
  const startedAt = performance.now();
  try {
    await sql`pragma synchronous = off`.execute(store.db);
    await sql`pragma cache_size = -1000000`.execute(store.db);
    await withoutIndexes(store, async () => {
      for (let day = 0; day < days; day += 1)
        await fillDay(store, { ...shape, date: dateBefore(day), from: day * aDay });
    });
    for (let day = 0; day < days; day += 1) await fillBesides(store, dateBefore(day));
  } finally {
    await store.close();
  }
  say(`${days * aDay} records made in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}

/** Runs something while check records have only their primary key: building indexes afterwards takes a fraction of the time. */
async function withoutIndexes({ db }: ThirdPartyStore, work: () => Promise<void>): Promise<void> {
  const { rows: indexes } = await sql<{ name: string; made: string }>`
    select name, sql as made from sqlite_schema where type = 'index' and tbl_name = 'check_record' and sql is not null
  `.execute(db);
  // SQLite drops the statistics together with an index.
  const { rows: hints } = await sql<{ idx: string; stat: string }>`
    select idx, stat from sqlite_stat1 where tbl = 'check_record'
  `.execute(db);
  for (const { name } of indexes) await sql`drop index ${sql.id(name)}`.execute(db);
  await work();
  for (const { made } of indexes) await sql.raw(made).execute(db);
  for (const { idx, stat } of hints)
    await sql`insert into sqlite_stat1 (tbl, idx, stat) values ('check_record', ${idx}, ${stat})`.execute(db);
  if (hints.length > 0) await sql`analyze sqlite_schema`.execute(db);
}

/**
 * Fills a day's records from 08:00 to 24:00, in turns of its cinemas, 10 screens, 3 accounts and 2 gates of each, a session every
 * three hours. Every hundredth has no TicketType, every thousandth is a double, every five thousandth is quarantined. Every tenth
 * does not say whether it was offline; every twentieth was. All are delivered.
 *
 * @param from the number of the first one: no other day may have the same
 */
async function fillDay(
  { db }: ThirdPartyStore,
  { date, aDay, from, cinemas, firstCinema }: LargeStore & { date: BusinessDate; from: number },
): Promise<void> {
  const padded = (width: number, value: RawBuilder<unknown>) => sql`printf(${sql.lit(`%0${width}d`)}, ${value})`;
  const opens = `${date} 08:00:00`;
  const at = (seconds: RawBuilder<unknown>) =>
    sql`strftime('%Y-%m-%dT%H:%M:%S', ${sql.lit(opens)}, (${seconds}) || ' seconds')`;
  const id = sql`${sql.lit(from)} + i`;
  const cinema = padded(8, sql`${sql.lit(firstCinema)} + cinema`);
  await sql`
    with recursive
      number (i) as (select 0 union all select i + 1 from number where i < ${sql.lit(aDay - 1)}),
      made as (
        select i, i % ${sql.lit(cinemas)} as cinema, (i / ${sql.lit(cinemas)}) % 10 as screen,
          i * 57600 / ${sql.lit(aDay)} as seconds,
          case when i % 1000 = 999 then i - ${sql.lit(cinemas * 9)} else i end as ticket
        from number
      ),
      shown as (select made.*, ticket * 57600 / ${sql.lit(aDay)} / 10800 as slot from made)
    insert into check_record (
      record_id, identity, cinema_code, film_ticket_code, start_time, ticket_info_code, check_time, screen_code, screen_name,
      film_code, film_name, session_code, ticket_type, row_num, column_num, price, service, account, gate,
      offline, received_at, differences, quarantine
    )
    select '00000000-0000-8000-8000-' || ${padded(12, id)}, ${padded(32, id)}, ${cinema},
      ${padded(16, sql`${sql.lit(from)} + ticket`)}, ${at(sql`slot * 10800 + 7200`)}, ${cinema} || hex(randomblob(86)),
      ${at(sql`seconds`)}, ${padded(16, sql`(screen + 1) * 1000000000000`)}, (screen + 1) || '号厅',
      '0011' || ${padded(8, sql`(screen * 7 + slot) % 30`)}, '流浪地球' || ((screen * 7 + slot) % 30),
      'S' || ${padded(15, sql`${sql.lit(Math.floor(from / 1000))} + screen * 10 + slot`)},
      case when i % 100 = 0 then null else '网络售票' end, 7, 12, 4500, 300,
      'terminal-' || cinema || '-' || ((i / ${sql.lit(cinemas)}) % 3), 'gate-' || ((i / ${sql.lit(cinemas * 3)}) % 2 + 1),
      case when i % 10 = 3 then null when i % 20 = 7 then 1 else 0 end, ${at(sql`seconds + 3`)}, '',
      case when i % 5000 = 500 then 'CODE_CONTRADICTS_RECORD' end
    from shown
  `.execute(db);
}

/** Of a day: its doubles and late refunds as findings, older ones noted; and refused records. */
async function fillBesides({ db }: ThirdPartyStore, date: BusinessDate): Promise<void> {
  const { from, until } = businessDay(date);
  const ofTheDay = sql`c.check_time >= ${from} and c.check_time < ${until} and c.quarantine is null`;
  const notedAt = date < dateBefore(3) ? until : null;
  await sql`
    insert into finding (start_time, cinema_code, film_ticket_code, kind, found_at, noted_at)
    select distinct c.start_time, c.cinema_code, c.film_ticket_code,
      case when c.record_id like '%999' then 'DOUBLE' else 'LATE_REFUND' end, c.received_at, cast(${notedAt} as text)
    from check_record c where ${ofTheDay} and (c.record_id like '%999' or c.record_id like '%504')
  `.execute(db);
  await sql`
    insert into outbox (
      record_id, identity, cinema_code, check_time, start_time, incomplete, revision, attempts, parked_at, next_attempt_at,
      error_code, error_message
    )
    select c.record_id, c.identity, c.cinema_code, c.check_time, c.start_time, 0, 1, 3, c.received_at, '2999-01-01T00:00:00',
      'BAD_RECORD', 'refused'
    from check_record c where ${ofTheDay} and c.record_id like '%3001'
  `.execute(db);
}
