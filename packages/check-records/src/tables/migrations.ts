import { randomBytes } from 'node:crypto';
import { formerly, type Migrations } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { identifyOnPostgres, identifyOnSqlite } from './identify-records.ts';

/**
 * The tables of check records, their outbox, the log of deliveries and what is known of the upstream's data.
 *
 * Every key begins with a time: records are written at the growing end of each index, which a database does many times
 * faster than at random places.
 */
export const checkRecordMigrations: Migrations = {
  '2026-11-24-check-records': async (db) => {
    await db.schema
      .createTable('check_record')
      .addColumn('record_id', 'text', (column) => column.primaryKey())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('film_ticket_code', 'text', (column) => column.notNull())
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('ticket_info_code', 'text', (column) => column.notNull())
      .addColumn('check_time', 'text', (column) => column.notNull())
      .addColumn('screen_code', 'text', (column) => column.notNull())
      .addColumn('screen_name', 'text', (column) => column.notNull())
      .addColumn('film_code', 'text', (column) => column.notNull())
      .addColumn('film_name', 'text', (column) => column.notNull())
      .addColumn('session_code', 'text', (column) => column.notNull())
      .addColumn('ticket_type', 'text')
      .addColumn('row_num', 'bigint', (column) => column.notNull())
      .addColumn('column_num', 'bigint', (column) => column.notNull())
      .addColumn('price', 'bigint', (column) => column.notNull())
      .addColumn('service', 'bigint', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('received_at', 'text', (column) => column.notNull())
      .addColumn('quarantine', 'text')
      .addColumn('differences', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('check_record_ticket')
      .on('check_record')
      .columns(['start_time', 'cinema_code', 'film_ticket_code'])
      .execute();
    await db.schema
      .createIndex('check_record_check_time')
      .on('check_record')
      .columns(['check_time', 'cinema_code'])
      .execute();
    // Both hold next to nothing: they find the few records that need attention among millions.
    await db.schema
      .createIndex('check_record_incomplete')
      .on('check_record')
      .columns(['record_id'])
      .where(sql.ref('ticket_type'), 'is', null)
      .execute();
    await db.schema
      .createIndex('check_record_quarantine')
      .on('check_record')
      .columns(['cinema_code', 'record_id'])
      .where(sql.ref('quarantine'), 'is not', null)
      .execute();

    await db.schema
      .createTable('outbox')
      .addColumn('record_id', 'text', (column) => column.primaryKey())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('check_time', 'text', (column) => column.notNull())
      .addColumn('incomplete', 'bigint', (column) => column.notNull())
      .addColumn('revision', 'bigint', (column) => column.notNull())
      .addColumn('attempts', 'bigint', (column) => column.notNull())
      .addColumn('parked_at', 'text')
      .addColumn('next_attempt_at', 'text')
      .addColumn('error_code', 'text')
      .addColumn('error_message', 'text')
      .execute();
    await db.schema
      .createIndex('outbox_waiting')
      .on('outbox')
      .columns(['cinema_code', 'incomplete', 'check_time', 'record_id'])
      .where(sql.ref('parked_at'), 'is', null)
      .execute();
    await db.schema
      .createIndex('outbox_parked')
      .on('outbox')
      .columns(['cinema_code', 'next_attempt_at', 'record_id'])
      .where(sql.ref('parked_at'), 'is not', null)
      .execute();

    await db.schema
      .createTable('delivery')
      .addColumn('delivered_on', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('oldest_check_time', 'text', (column) => column.notNull())
      .addColumn('last_delivered_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('delivery_pk', ['delivered_on', 'cinema_code'])
      .execute();
  },
  '2026-11-25-upstream-lives': async (db) => {
    await db.schema
      .createTable('upstream_life')
      .addColumn('url', 'text', (column) => column.primaryKey())
      .addColumn('generation', 'text', (column) => column.notNull())
      .addColumn('noted_at', 'text', (column) => column.notNull())
      .execute();
  },
  '2026-11-25-outbox-start-times': formerly('2026-11-26-outbox-start-times', async (db) => {
    await db.schema
      .alterTable('outbox')
      .addColumn('start_time', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    await sql`
      update outbox set start_time = (select start_time from check_record where check_record.record_id = outbox.record_id)
    `.execute(db);
  }),
  '2026-11-25-quarantine-reviews': formerly('2026-11-27-quarantine-reviews', async (db) => {
    await db.schema
      .createTable('quarantine_review')
      .addColumn('cinema_code', 'text', (column) => column.primaryKey())
      .addColumn('revision', 'bigint', (column) => column.notNull())
      .addColumn('reviewed_to', 'text')
      .addColumn('leased_until', 'bigint', (column) => column.notNull())
      .execute();
    // Earlier versions could leave a record aside whose key had come while it was being judged.
    await sql`
      insert into quarantine_review (cinema_code, revision, reviewed_to, leased_until)
      select distinct cinema_code, 1, cast(null as text), 0 from check_record where quarantine = 'CODE_NOT_GENUINE'
    `.execute(db);
  }),
  // They were keyed by the address, which a restore mostly changes.
  '2026-11-25-upstream-lives-by-id': formerly('2026-11-27-upstream-lives-by-id', async (db) => {
    await db.schema.alterTable('upstream_life').renameTo('upstream_life_by_url').execute();
    await db.schema
      .createTable('upstream_life')
      .addColumn('generation', 'text', (column) => column.notNull())
      .addColumn('url', 'text', (column) => column.notNull())
      .addColumn('replaces', 'text', (column) => column.notNull())
      .addColumn('noted_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('upstream_life_generation', ['generation'])
      .execute();
    await sql`
      insert into upstream_life (generation, url, replaces, noted_at)
      select generation, max(url), '', max(noted_at) from upstream_life_by_url group by generation
    `.execute(db);
    await db.schema.dropTable('upstream_life_by_url').execute();
  }),
  '2026-11-25-record-identities': formerly('2026-11-27-record-identities', async (db, engine) => {
    await db.schema
      .createTable('record_id_secret')
      .addColumn('id', 'bigint', (column) => column.primaryKey().check(sql`id = 1`))
      .addColumn('secret', 'text', (column) => column.notNull())
      .addColumn('unkeyed_until', 'text')
      .execute();
    await sql`
      insert into record_id_secret
      select 1, ${randomBytes(32).toString('hex')}, (select max(check_time) from check_record)
    `.execute(db);
    if (engine === 'sqlite') await identifyOnSqlite(db);
    else await identifyOnPostgres(db);
  }),
  // The first entry of a ticket is found at once, whatever number of records it has and however many are kept aside. The
  // RecordId, which decides between checks of one second, would make each new record half as dear again.
  '2026-11-25-entries-in-order': formerly('2026-11-27-entries-in-order', async (db) => {
    await db.schema.dropIndex('check_record_ticket').execute();
    await db.schema
      .createIndex('check_record_entries')
      .on('check_record')
      .columns(['start_time', 'cinema_code', 'film_ticket_code', 'check_time'])
      .where(sql.ref('quarantine'), 'is', null)
      .execute();
  }),
  '2026-11-25-quarantine-by-source': formerly('2026-11-27-quarantine-by-source', async (db) => {
    await db.schema
      .createIndex('check_record_quarantine_source')
      .on('check_record')
      .columns(['source'])
      .where(sql.ref('quarantine'), 'is not', null)
      .execute();
  }),
  // What is never completed must not be read again and again: records that wait, and those that came in lately.
  '2026-11-25-records-recently-incomplete': formerly('2026-11-28-recently-incomplete', async (db) => {
    await db.schema.dropIndex('check_record_incomplete').execute();
    await db.schema
      .createIndex('check_record_incomplete')
      .on('check_record')
      .columns(['received_at', 'record_id', 'identity'])
      .where(sql.ref('ticket_type'), 'is', null)
      .where(sql.ref('quarantine'), 'is', null)
      .execute();
    await db.schema
      .createIndex('outbox_incomplete')
      .on('outbox')
      .columns(['record_id', 'identity'])
      .where(sql.ref('incomplete'), '=', sql.lit(1))
      .execute();
  }),
  // One column was the account at a platform and the gate at a terminal, which calls it that (`terminalRecordMigrations`).
  '2026-11-26-records-by-account-and-gate': formerly('2026-11-28-records-by-account-and-gate', async (db) => {
    await db.schema.dropIndex('check_record_quarantine_source').execute();
    await db.schema.alterTable('check_record').renameColumn('source', 'account').execute();
    await db.schema
      .alterTable('check_record')
      .addColumn('gate', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    await db.schema
      .createIndex('check_record_quarantine_account')
      .on('check_record')
      .columns(['account'])
      .where(sql.ref('quarantine'), 'is not', null)
      .execute();
  }),
  // The key of SQLite stays: see `PRIMARY_KEY`. Here one index is written, beside which others may read.
  '2026-11-26-cinemas-in-record-keys': formerly('2026-12-01-cinemas-in-record-keys', async (db, engine) => {
    if (engine === 'sqlite') return;
    for (const table of ['check_record', 'outbox']) {
      const [index, key] = [sql.id(`${table}_key`), sql.id(`${table}_pk`)];
      await sql`create unique index ${index} on ${sql.table(table)} (record_id, identity, cinema_code)`.execute(db);
      await sql`
        alter table ${sql.table(table)} drop constraint ${key}, add constraint ${key} primary key using index ${index}
      `.execute(db);
    }
  }),
  // The generation of an upstream's data is called that, here too.
  '2026-11-26-upstream-generations': async (db) => {
    await db.schema
      .createTable('upstream_generation')
      .addColumn('generation', 'text', (column) => column.notNull())
      .addColumn('url', 'text', (column) => column.notNull())
      .addColumn('replaces', 'text', (column) => column.notNull())
      .addColumn('noted_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('upstream_generation_pk', ['generation'])
      .execute();
    await sql`
      insert into upstream_generation (generation, url, replaces, noted_at)
      select generation, url, replaces, noted_at from upstream_life
    `.execute(db);
    await db.schema.dropTable('upstream_life').execute();
  },
  '2026-11-26-purged-counts': async (db) => {
    await db.schema
      .createTable('purged_count')
      .addColumn('kind', 'text', (column) => column.primaryKey())
      .addColumn('count', 'bigint', (column) => column.notNull())
      .execute();
  },
  '2026-11-26-reversals': async (db) => {
    await db.schema
      .createTable('reversal')
      .addColumn('reverses', 'text', (column) => column.notNull())
      .addColumn('identity', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('record_id', 'text', (column) => column.notNull())
      .addColumn('film_ticket_code', 'text', (column) => column.notNull())
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('check_time', 'text', (column) => column.notNull())
      .addColumn('reversed_at', 'text', (column) => column.notNull())
      .addColumn('received_at', 'text', (column) => column.notNull())
      .addColumn('delivered_at', 'text')
      .addColumn('error_code', 'text')
      .addColumn('revision', 'bigint', (column) => column.notNull().defaultTo(0))
      .addPrimaryKeyConstraint('reversal_pk', ['reverses', 'identity', 'cinema_code', 'account'])
      .execute();
    await db.schema
      .createIndex('reversal_ticket')
      .on('reversal')
      .columns(['start_time', 'cinema_code', 'film_ticket_code'])
      .execute();
    await db.schema
      .createIndex('reversal_waiting')
      .on('reversal')
      .columns(['record_id'])
      .where(sql.ref('delivered_at'), 'is', null)
      .where(sql.ref('error_code'), 'is', null)
      .execute();
  },
  '2026-11-26-records-overridden': async (db) => {
    await db.schema.alterTable('check_record').addColumn('overridden_verdict', 'text').execute();
  },
  // What is asked of one cinema reads no others. What is on its way and what was undone, mostly little, is found by the hour.
  '2026-11-27-records-by-cinema': async (db, engine) => {
    await db.schema
      .createIndex('check_record_cinema')
      .on('check_record')
      .columns(['cinema_code', 'check_time'])
      .execute();
    for (const table of ['outbox', 'reversal']) {
      await db.schema.createIndex(`${table}_check_time`).on(table).columns(['check_time', 'cinema_code']).execute();
    }
    if (engine === 'sqlite') await tellOfManyInACinema(db);
  },
  // When records were accepted that are delivered already is not known.
  '2026-11-27-times-of-delivery': async (db) => {
    await db.schema
      .createTable('delivered_record')
      .addColumn('record_id', 'text', (column) => column.notNull())
      .addColumn('identity', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('delivered_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('delivered_record_pk', ['record_id', 'identity', 'cinema_code'])
      .execute();
  },
  '2026-11-27-when-records-were-sent': async (db) => {
    await db.schema.alterTable('delivered_record').addColumn('sent_at', 'text').execute();
  },
  // It made the index that the following one makes anew, which is long work among millions of records.
  '2026-11-27-wider-index-of-a-day': async () => {},
  // A day of all cinemas is counted by cinema, account and gate in the index, of which it takes a sixth of the pages of its records.
  '2026-11-27-with-offline-admissions': async (db) => {
    await db.schema.alterTable('check_record').addColumn('offline', 'bigint').execute();
    await db.schema
      .createIndex('check_record_day')
      .on('check_record')
      .columns([
        'check_time',
        'cinema_code',
        'start_time',
        'account',
        'gate',
        'quarantine',
        'ticket_type',
        'overridden_verdict',
        'offline',
      ])
      .execute();
    await db.schema.dropIndex('check_record_check_time').execute();
  },
  '2026-11-27-with-times-of-sending': async (db) => {
    await db.schema.alterTable('outbox').addColumn('sent_at', 'text').execute();
  },
  '2026-11-27-written-times-at-the-door': async (db) => {
    for (const column of ['decided_ms', 'forwarder_seconds'])
      await db.schema.alterTable('check_record').addColumn(column, 'bigint').execute();
  },
  '2026-11-27-written-times-refused': async (db) => {
    await db.schema.alterTable('delivered_record').addColumn('refusals', 'bigint').execute();
  },
};

/**
 * SQLite takes it that ten rows have the same value in an index, and would look for the records of a cinema that are kept aside
 * among all of it. Told that there are many, it takes this index where a time is asked too.
 */
async function tellOfManyInACinema(db: Kysely<unknown>): Promise<void> {
  // It makes the table where these numbers are, and reads it.
  const analyzed = sql`analyze sqlite_schema`;
  await analyzed.execute(db);
  await sql`
    insert into sqlite_stat1 (tbl, idx, stat) values ('check_record', 'check_record_cinema', '1048576 100000 1 noskipscan')
  `.execute(db);
  await analyzed.execute(db);
}
