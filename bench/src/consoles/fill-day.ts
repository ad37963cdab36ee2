import type { CheckRecordTables } from '@ticket-check/check-records';
import type { BusinessDate } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';

/** Records of a business date that are made. */
type FilledDay = {
  readonly date: BusinessDate;
  readonly count: number;
  /** The number of the first one: no other day may have the same. */
  readonly from: number;
  /** Number of cinemas, with consecutive codes. */
  readonly cinemas: number;
  readonly firstCinema: number;
};

/**
 * Fills a day's records from 08:00 to 24:00, in turns of its cinemas, 10 screens, 3 accounts and 2 gates of each, a session every
 * three hours. Every hundredth has no TicketType, every thousandth is a double, every five thousandth is quarantined. Every tenth
 * does not say whether it was offline; every twentieth was. All are delivered.
 */
export async function fillDay(
  { engine, db }: Pick<Store<CheckRecordTables>, 'engine' | 'db'>,
  { date, count, from, cinemas, firstCinema }: FilledDay,
): Promise<void> {
  const isPostgres = engine === 'postgres';
  const padded = (width: number, value: RawBuilder<unknown>) =>
    isPostgres
      ? sql`lpad(cast((${value}) as text), ${sql.lit(width)}, '0')`
      : sql`printf(${sql.lit(`%0${width}d`)}, ${value})`;
  const opens = `${date} 08:00:00`;
  const at = (seconds: RawBuilder<unknown>) =>
    isPostgres
      ? sql`to_char(timestamp ${sql.lit(opens)} + (${seconds}) * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS')`
      : sql`strftime('%Y-%m-%dT%H:%M:%S', ${sql.lit(opens)}, (${seconds}) || ' seconds')`;
  const code = isPostgres ? sql`repeat(md5(cast(i as text)), 5) || '0123456789ab'` : sql`hex(randomblob(86))`;
  const numbers = isPostgres
    ? sql`select * from generate_series(cast(0 as bigint), ${sql.lit(count - 1)})`
    : sql`select 0 union all select i + 1 from number where i < ${sql.lit(count - 1)}`;
  const id = sql`${sql.lit(from)} + i`;
  const account = sql`'terminal-' || cinema || '-' || ((i / ${sql.lit(cinemas)}) % 3)`;
  await sql`
    with recursive
      number (i) as (${numbers}),
      made as (
        select i, i % ${sql.lit(cinemas)} as cinema, (i / ${sql.lit(cinemas)}) % 10 as screen,
          i * 57600 / ${sql.lit(count)} as seconds,
          case when i % 1000 = 999 then i - ${sql.lit(cinemas * 9)} else i end as ticket
        from number
      ),
      shown as (
        select made.*, ticket * 57600 / ${sql.lit(count)} / 10800 as slot from made
      )
    insert into check_record (
      record_id, identity, cinema_code, film_ticket_code, start_time, ticket_info_code, check_time, screen_code, screen_name,
      film_code, film_name, session_code, ticket_type, row_num, column_num, price, service, account, gate,
      offline, received_at, differences, quarantine
    )
    select '00000000-0000-8000-8000-' || ${padded(12, id)}, ${padded(32, id)}, ${padded(8, sql`${sql.lit(firstCinema)} + cinema`)},
      ${padded(16, sql`${sql.lit(from)} + ticket`)}, ${at(sql`slot * 10800 + 7200`)},
      ${padded(8, sql`${sql.lit(firstCinema)} + cinema`)} || ${code}, ${at(sql`seconds`)}, ${padded(16, sql`(screen + 1) * 1000000000000`)},
      (screen + 1) || '号厅', '0011' || ${padded(8, sql`(screen * 7 + slot) % 30`)}, '流浪地球' || ((screen * 7 + slot) % 30),
      'S' || ${padded(15, sql`${sql.lit(Math.floor(from / 1000))} + screen * 10 + slot`)},
      case when i % 100 = 0 then null else '网络售票' end, 7, 12, 4500, 300,
      ${account}, 'gate-' || ((i / ${sql.lit(cinemas * 3)}) % 2 + 1), case when i % 10 = 3 then null when i % 20 = 7 then 1 else 0 end,
      ${at(sql`seconds + 3`)}, '',
      case when i % 5000 = 500 then 'CODE_CONTRADICTS_RECORD' end
    from shown
  `.execute(db);
}
