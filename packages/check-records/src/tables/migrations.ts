import { randomBytes } from 'node:crypto';
import { wallClockAt } from '@ticket-check/protocol';
import { type Migrations, optional, required } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { byMonth, makeMonths } from './months.ts';

/**
 * The tables of check records, their outbox, the log of deliveries and what is known of the upstream's data.
 *
 * Every key begins with a time: records are written at the growing end of each index, which a database does many times
 * faster than at random places.
 */
export const checkRecordMigrations: Migrations = {
  '0001': async (db, engine) => {
    // On SQLite neither cinema nor StartTime is in the key: see `PRIMARY_KEY`.
    const recordKey = [
      'record_id',
      'identity',
      ...(engine === 'sqlite' ? [] : ['cinema_code', 'start_time']),
    ] as 'record_id'[];
    await db.schema
      .createTable('check_record')
      .$call(required('text', 'record_id', 'identity', 'cinema_code', 'film_ticket_code', 'start_time'))
      .$call(required('text', 'ticket_info_code', 'check_time', 'screen_code', 'screen_name', 'film_code', 'film_name'))
      .$call(required('text', 'session_code'))
      .addColumn('ticket_type', 'text')
      .$call(required('integer', 'row_num', 'column_num', 'price', 'service'))
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('gate', 'text', (column) => column.notNull().defaultTo(''))
      .addColumn('received_at', 'text', (column) => column.notNull())
      .addColumn('quarantine', 'text')
      .addColumn('differences', 'text', (column) => column.notNull())
      .addColumn('overridden_verdict', 'text')
      .$call(optional('integer', 'offline', 'decided_ms', 'forwarder_seconds'))
      // By it a record is kept once, found to be sent, shown and purged.
      .addPrimaryKeyConstraint('check_record_pk', recordKey)
      .$call(byMonth(engine))
      .execute();
    // The entries of a ticket, however many of its records are in quarantine, and the tickets of a session that have several. With the
    // CheckTime SQLite finds the first of them at once, whatever number there is; PostgreSQL, for which it would be half as many
    // bytes again, sorts them. The RecordId, which decides between checks of one second, would make each new record dearer.
    await db.schema
      .createIndex('check_record_entries')
      .on('check_record')
      .columns(['start_time', 'cinema_code', 'film_ticket_code', ...(engine === 'sqlite' ? ['check_time'] : [])])
      .where(sql.ref('quarantine'), 'is', null)
      .execute();
    // What is asked of one cinema reads no others.
    await db.schema
      .createIndex('check_record_cinema')
      .on('check_record')
      .columns(['cinema_code', 'check_time'])
      .execute();
    // A day of all cinemas is counted in this index, which has a sixth of the pages of the records.
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
    // The following hold next to nothing: they find the few records that need attention among millions. What is never completed
    // must not be read again and again: only records that wait, and those that came in lately.
    await db.schema
      .createIndex('check_record_incomplete')
      .on('check_record')
      .columns(['received_at', 'record_id', 'identity'])
      .where(sql.ref('ticket_type'), 'is', null)
      .where(sql.ref('quarantine'), 'is', null)
      .execute();
    // The quarantined records of a cinema, which are listed and judged again.
    await db.schema
      .createIndex('check_record_quarantine')
      .on('check_record')
      .columns(['cinema_code', 'record_id'])
      .where(sql.ref('quarantine'), 'is not', null)
      .execute();
    // How many an account has, which is bounded.
    await db.schema
      .createIndex('check_record_quarantine_account')
      .on('check_record')
      .columns(['account'])
      .where(sql.ref('quarantine'), 'is not', null)
      .execute();
    if (engine === 'sqlite') await tellOfManyInACinema(db);

    await db.schema
      .createTable('record_id_secret')
      .addColumn('id', 'bigint', (column) => column.primaryKey().check(sql`id = 1`))
      .addColumn('secret', 'text', (column) => column.notNull())
      .execute();
    await sql`insert into record_id_secret (id, secret) values (1, ${randomBytes(32).toString('hex')})`.execute(db);

    await db.schema
      .createTable('outbox')
      .$call(required('text', 'record_id', 'identity', 'cinema_code', 'check_time'))
      .addColumn('start_time', 'text', (column) => column.notNull().defaultTo(''))
      .$call(required('bigint', 'incomplete', 'revision', 'attempts'))
      .$call(optional('text', 'parked_at', 'next_attempt_at', 'error_code', 'error_message', 'sent_at'))
      .addPrimaryKeyConstraint('outbox_pk', recordKey)
      .execute();
    // The next records of a cinema, in the order in which they are sent.
    await db.schema
      .createIndex('outbox_waiting')
      .on('outbox')
      .columns(['cinema_code', 'incomplete', 'check_time', 'record_id'])
      .where(sql.ref('parked_at'), 'is', null)
      .execute();
    // What was refused, when it is due again.
    await db.schema
      .createIndex('outbox_parked')
      .on('outbox')
      .columns(['cinema_code', 'next_attempt_at', 'record_id'])
      .where(sql.ref('parked_at'), 'is not', null)
      .execute();
    // What waits for its completion.
    await db.schema
      .createIndex('outbox_incomplete')
      .on('outbox')
      .columns(['record_id', 'identity'])
      .where(sql.ref('incomplete'), '=', sql.lit(1))
      .execute();

    await db.schema
      .createTable('outbox_owner')
      .addColumn('cinema_code', 'text', (column) => column.primaryKey())
      .addColumn('owner', 'text', (column) => column.notNull())
      .addColumn('owned_until', 'bigint', (column) => column.notNull())
      .execute();

    const deliveryKey = ['record_id', 'cinema_code', 'start_time'] as 'record_id'[];
    await db.schema
      .createTable('delivered_record')
      .$call(required('text', 'record_id', 'cinema_code', 'start_time'))
      .$call(required('bigint', 'delivered_at'))
      .$call(optional('bigint', 'sent_at', 'refusals'))
      .$call((table) =>
        engine === 'sqlite' ? table.addPrimaryKeyConstraint('delivered_record_pk', deliveryKey) : table,
      )
      .$call(byMonth(engine))
      .execute();
    // The way of a record is shown by it, and of what waits again it is known that it was delivered. PostgreSQL needs a third of the
    // bytes for a hash. It cannot be unique; the outbox has a record once.
    if (engine === 'postgres') {
      await db.schema
        .createIndex('delivered_record_id')
        .on('delivered_record')
        .using('hash')
        .column('record_id')
        .execute();
    }
    await db.schema
      .createTable('delivery')
      .$call(required('text', 'delivered_on', 'cinema_code', 'oldest_check_time', 'last_delivered_at'))
      .addPrimaryKeyConstraint('delivery_pk', ['delivered_on', 'cinema_code'])
      .execute();
    await db.schema
      .createTable('upstream_generation')
      .$call(required('text', 'generation', 'url', 'replaces'))
      .addColumn('position', 'bigint')
      .addColumn('noted_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('upstream_generation_pk', ['generation'])
      .execute();
    await db.schema
      .createTable('quarantine_review')
      .addColumn('cinema_code', 'text', (column) => column.primaryKey())
      .addColumn('request', 'text', (column) => column.notNull())
      .execute();

    await db.schema
      .createTable('reversal')
      .$call(required('text', 'reverses', 'identity', 'cinema_code', 'account', 'record_id', 'film_ticket_code'))
      .$call(required('text', 'start_time', 'check_time', 'reversed_at', 'received_at'))
      .$call(optional('text', 'delivered_at', 'error_code'))
      .addColumn('revision', 'bigint', (column) => column.notNull().defaultTo(0))
      .addPrimaryKeyConstraint('reversal_pk', ['reverses', 'identity', 'cinema_code', 'account'])
      .execute();
    // What was undone of a ticket that is claimed, reported or asked about.
    await db.schema
      .createIndex('reversal_ticket')
      .on('reversal')
      .columns(['start_time', 'cinema_code', 'film_ticket_code'])
      .execute();
    // What is to be reported as undone.
    await db.schema
      .createIndex('reversal_waiting')
      .on('reversal')
      .columns(['record_id'])
      .where(sql.ref('delivered_at'), 'is', null)
      .where(sql.ref('error_code'), 'is', null)
      .execute();
    // What is on its way and what was undone, mostly little, is found by the hour.
    for (const table of ['outbox', 'reversal']) {
      await db.schema.createIndex(`${table}_check_time`).on(table).columns(['check_time', 'cinema_code']).execute();
    }
    if (engine === 'postgres') {
      // Every record comes and goes here: vacuum after some hundred, at full speed, or what waits is looked for among dead rows.
      await sql`
        alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
          autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000)
      `.execute(db);
    }
    await makeMonths(db, engine, wallClockAt(Date.now()));
  },
};

/**
 * SQLite assumes that ten rows share a value in an index, and would search all of it for a cinema's quarantined records. With
 * these statistics it uses this index even if a time is given too.
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
