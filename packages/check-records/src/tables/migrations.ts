import { randomBytes } from 'node:crypto';
import { wallClockAt } from '@ticket-check/protocol';
import { inOrder, type Migrations } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { byMonth, makeMonths } from './months.ts';
import type { CheckRecordTables } from './tables.ts';

/** The tables of check records. Every key begins with a time: records are written at the growing end of each index. */
export const checkRecordMigrations: Migrations<CheckRecordTables> = {
  '0001': async (db, engine) => {
    const isSqlite = engine === 'sqlite';
    // On SQLite neither cinema nor StartTime is in the key: see `PRIMARY_KEY`.
    const recordKey = sql.raw(`record_id, identity${isSqlite ? '' : ', cinema_code, start_time'}`);
    await inOrder(
      db,
      // By its key a record is kept once, found to be sent, shown and purged.
      sql`create table check_record (
        record_id text not null, identity text not null, cinema_code text not null, film_ticket_code text not null,
        start_time text not null, ticket_info_code text not null, check_time text not null, screen_code text not null,
        screen_name text not null, film_code text not null, film_name text not null, session_code text not null, ticket_type text,
        row_num integer not null, column_num integer not null, price integer not null, service integer not null,
        account text not null, gate text default '' not null, received_at text not null, quarantine text, differences text not null,
        overridden_verdict text, offline integer, decided_ms integer, forwarder_seconds integer, primary key (${recordKey})
      ) ${byMonth(engine)}`,
      // A day of all cinemas. SQLite counts it in this index, which has a sixth of the pages of the records; PostgreSQL, for which
      // that would be nearly three times as many bytes, by the records, which lie in about this order.
      sql`create index check_record_day on check_record (check_time, cinema_code${sql.raw(
        isSqlite ? ', start_time, account, gate, quarantine, ticket_type, overridden_verdict, offline' : '',
      )})`,
      // What is asked of one cinema reads no others. Made after the index of the day: PostgreSQL expects
      // one record in an hour, so both seem to cost the same, and it takes the later.
      sql`create index check_record_cinema on check_record (cinema_code, check_time)`,
      // The entries of a ticket, however many are in quarantine. With the CheckTime SQLite finds the first at once; for
      // PostgreSQL it would be half as many bytes again. Made last: without statistics PostgreSQL takes the latest.
      sql`create index check_record_entries on check_record (
        start_time, cinema_code, film_ticket_code${sql.raw(isSqlite ? ', check_time' : '')}
      ) where quarantine is null`,
      // The following hold next to nothing: they find the few records that need attention among millions. What is never completed
      // must not be read again and again: only records that wait, and those that came in lately.
      sql`create index check_record_incomplete on check_record (received_at, record_id, identity)
        where ticket_type is null and quarantine is null`,
      // The quarantined records of a cinema, which are listed and judged again.
      sql`create index check_record_quarantine on check_record (cinema_code, record_id) where quarantine is not null`,
      // How many an account has, which is bounded.
      sql`create index check_record_quarantine_account on check_record (account) where quarantine is not null`,

      sql`create table record_id_secret (id bigint primary key check (id = 1), secret text not null)`,
      sql`insert into record_id_secret (id, secret) values (1, ${randomBytes(32).toString('hex')})`,

      sql`create table outbox (
        record_id text not null, identity text not null, cinema_code text not null, check_time text not null,
        start_time text default '' not null, incomplete bigint not null, revision bigint not null, attempts bigint not null,
        parked_at text, next_attempt_at text, error_code text, error_message text, primary key (${recordKey})
      )`,
      sql`create index outbox_waiting on outbox (cinema_code, incomplete, check_time, record_id) where parked_at is null`,
      sql`create index outbox_parked on outbox (cinema_code, next_attempt_at, record_id) where parked_at is not null`,
      sql`create index outbox_incomplete on outbox (record_id, identity) where incomplete = 1`,
      sql`create table outbox_owner (cinema_code text primary key, owner text not null, owned_until bigint not null)`,

      sql`create table delivered_record (
        record_id text not null, cinema_code text not null, start_time text not null, delivered_at bigint not null,
        sent_at bigint, refusals bigint${sql.raw(isSqlite ? ', primary key (record_id, cinema_code, start_time)' : '')}
      ) ${byMonth(engine)}`,
      sql`create table delivery (
        delivered_on text not null, cinema_code text not null, oldest_check_time text not null, last_delivered_at text not null,
        primary key (delivered_on, cinema_code)
      )`,
      sql`create table upstream_generation (
        generation text not null primary key, url text not null, replaces text not null, position bigint, noted_at text not null
      )`,
      sql`create table quarantine_review (cinema_code text primary key, request text not null)`,
      sql`create table suspicious (
        cinema_code text not null, account text not null, kind text not null, records bigint not null, latest_at text not null,
        primary key (cinema_code, account, kind)
      )`,

      sql`create table reversal (
        reverses text not null, identity text not null, cinema_code text not null, account text not null, record_id text not null,
        film_ticket_code text not null, start_time text not null, check_time text not null, reversed_at text not null,
        received_at text not null, delivered_at text, error_code text, revision bigint default 0 not null,
        primary key (reverses, identity, cinema_code, account)
      )`,
      sql`create index reversal_ticket on reversal (start_time, cinema_code, film_ticket_code)`,
      sql`create index reversal_waiting on reversal (record_id) where delivered_at is null and error_code is null`,
      // What is on its way and what was undone, mostly little, is found by the hour.
      sql`create index outbox_check_time on outbox (check_time, cinema_code)`,
      sql`create index reversal_check_time on reversal (check_time, cinema_code)`,
    );
    if (isSqlite) return tellOfManyInACinema(db);
    await inOrder(
      db,
      // The way of a record is shown by it, and of what waits again it is known that it was delivered. A hash needs a third of the
      // bytes. It cannot be unique; the outbox has a record once.
      sql`create index delivered_record_id on delivered_record using hash (record_id)`,
      // Every record comes and goes here: vacuum after some hundred, at full speed, or what waits is looked for among dead rows.
      sql`alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
        autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000)`,
    );
    await makeMonths(db, engine, wallClockAt(Date.now()));
  },
};

/** SQLite assumes ten rows to a value of an index; with these numbers it finds a cinema's quarantined records by this one. */
async function tellOfManyInACinema(db: Kysely<unknown>): Promise<void> {
  // It makes the table where these numbers are, and reads it.
  const analyzed = sql`analyze sqlite_schema`;
  await analyzed.execute(db);
  await sql`
    insert into sqlite_stat1 (tbl, idx, stat) values ('check_record', 'check_record_cinema', '1048576 100000 1 noskipscan')
  `.execute(db);
  await analyzed.execute(db);
}
