import { newOperationId } from '@ticket-check/operators';
import { formerly, type Migrations, makeAppendOnly } from '@ticket-check/storage';
import { sql } from 'kysely';

/** Who may enter, or has entered, with a ticket: at most one. A ticket that has an entry here has a claim. Reading C2. */
export type TicketClaimRow = {
  startTime: string;
  cinemaCode: string;
  filmTicketCode: string;
  /** The check record that the entry is, or will be. */
  recordId: string;
  checkTime: string;
  /** Empty where it is not known. */
  gate: string;
  /** The account that it came through. */
  account: string;
  claimedAt: string;
  /** 1: the check record is here. */
  recorded: number;
};

/** A claim that was given back, or blocked before it was made; deleted once its session is long over. Reading C8. */
export type ReleasedClaimRow = {
  startTime: string;
  cinemaCode: string;
  filmTicketCode: string;
  recordId: string;
  /** The account whose claim it is; empty, as before accounts were noted, for every account. */
  account: string;
  releasedAt: string;
  /** 1: the claim may have led to an admission whose record was lost. */
  uncertain: number;
};

/** When a generation of this data began that followed a restore. Reading X4. */
type RestoreMomentRow = {
  generation: string;
  /** When it was first served from, by the clock of that process. */
  servedAt: string;
  /** The moment that terminals are told. */
  restoredAt: string;
  /** 1: the national platform's clock was taken into account. */
  measured: number;
};

export type ClaimTables = {
  ticketClaim: TicketClaimRow;
  releasedClaim: ReleasedClaimRow;
  restoreMoment: RestoreMomentRow;
};

/** A row of the table of earlier versions. */
type Override = Record<
  | 'startTime'
  | 'cinemaCode'
  | 'filmTicketCode'
  | 'recordId'
  | 'account'
  | 'operator'
  | 'reason'
  | 'overriddenAt'
  | 'before',
  string
>;

const TICKET = ['start_time', 'cinema_code', 'film_ticket_code'] as const;

export const claimMigrations: Migrations = {
  '2026-11-24-ticket-claims': async (db) => {
    await db.schema
      .createTable('ticket_claim')
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('film_ticket_code', 'text', (column) => column.notNull())
      .addColumn('record_id', 'text', (column) => column.notNull())
      .addColumn('check_time', 'text', (column) => column.notNull())
      .addColumn('gate', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('claimed_at', 'text', (column) => column.notNull())
      .addColumn('recorded', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('ticket_claim_pk', [...TICKET])
      .execute();
    // Holds next to nothing: it finds the claims without a record among millions.
    await db.schema
      .createIndex('ticket_claim_open')
      .on('ticket_claim')
      .columns(['claimed_at', 'record_id'])
      .where(sql.ref('recorded'), '=', sql.lit(0))
      .execute();
    await db.schema
      .createTable('released_claim')
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('film_ticket_code', 'text', (column) => column.notNull())
      .addColumn('record_id', 'text', (column) => column.notNull())
      .addColumn('released_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('released_claim_pk', [...TICKET, 'record_id'])
      .execute();
    // The first entry of each ticket that is known already.
    await sql`
      insert into ticket_claim
        (start_time, cinema_code, film_ticket_code, record_id, check_time, gate, source, claimed_at, recorded)
      select start_time, cinema_code, film_ticket_code, record_id, check_time, '', source, received_at, 1
      from (
        select check_record.*, row_number() over (
          partition by start_time, cinema_code, film_ticket_code order by check_time, record_id
        ) as nth
        from check_record where quarantine is null
      ) as entry
      where nth = 1
    `.execute(db);
  },
  // A claim belongs to the account that made it, and so does its release: the key has to hold both.
  '2026-11-25-released-by-account': formerly('2026-11-27-released-by-account', async (db) => {
    await db.schema.alterTable('released_claim').renameTo('released_claim_before').execute();
    await db.schema
      .createTable('released_claim')
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('film_ticket_code', 'text', (column) => column.notNull())
      .addColumn('record_id', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('released_at', 'text', (column) => column.notNull())
      .addColumn('uncertain', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('released_claim_by_account_pk', [...TICKET, 'record_id', 'source'])
      .execute();
    await sql`
      insert into released_claim
        (start_time, cinema_code, film_ticket_code, record_id, source, released_at, uncertain)
      select start_time, cinema_code, film_ticket_code, record_id, '', released_at, 0 from released_claim_before
    `.execute(db);
    await db.schema.dropTable('released_claim_before').execute();
    // Holds next to nothing.
    await db.schema
      .createIndex('released_claim_uncertain')
      .on('released_claim')
      .columns([...TICKET])
      .where(sql.ref('uncertain'), '=', sql.lit(1))
      .execute();
  }),
  // Holds an account to its number. Some databases have it from the step before.
  '2026-11-25-releases-of-account': formerly('2026-11-27-releases-of-account', async (db) => {
    await db.schema
      .createIndex('released_claim_of_account')
      .ifNotExists()
      .on('released_claim')
      .columns(['source', 'start_time'])
      .execute();
  }),
  '2026-11-25-restore-moment': formerly('2026-11-27-restore-moment', async (db) => {
    await db.schema
      .createTable('restore_moment')
      .addColumn('generation', 'text', (column) => column.primaryKey())
      .addColumn('served_at', 'text', (column) => column.notNull())
      .addColumn('restored_at', 'text', (column) => column.notNull())
      .addColumn('measured', 'bigint', (column) => column.notNull())
      .execute();
    // A generation that began earlier was told by the command's own moment.
    await sql`
      insert into restore_moment (generation, served_at, restored_at, measured)
      select generation, renewed_at, renewed_at, 1 from store_generation where renewed_at is not null
    `.execute(db);
  }),
  // Which accounts leave claims open is counted for every look at health and metrics.
  '2026-11-25-open-claims-with-source': formerly('2026-11-27-open-claims-with-source', async (db) => {
    await db.schema.dropIndex('ticket_claim_open').execute();
    await db.schema
      .createIndex('ticket_claim_open')
      .on('ticket_claim')
      .columns(['claimed_at', 'record_id', 'source'])
      .where(sql.ref('recorded'), '=', sql.lit(0))
      .execute();
  }),
  '2026-11-25-claim-overrides': formerly('2026-11-27-claim-overrides', async (db) => {
    await db.schema
      .createTable('claim_override')
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('film_ticket_code', 'text', (column) => column.notNull())
      .addColumn('record_id', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('operator', 'text', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('overridden_at', 'text', (column) => column.notNull())
      .addColumn('before', 'text', (column) => column.notNull())
      // A claim that was given back is never made again.
      .addPrimaryKeyConstraint('claim_override_pk', [...TICKET, 'record_id', 'source'])
      .execute();
  }),
  '2026-11-25-claim-overrides-for-good': formerly('2026-11-27-claim-overrides-for-good', (db, engine) =>
    makeAppendOnly(db, engine, 'claim_override'),
  ),
  '2026-11-26-claims-by-account': formerly('2026-11-28-claims-by-account', async (db) => {
    for (const table of ['ticket_claim', 'released_claim', 'claim_override']) {
      await db.schema.alterTable(table).renameColumn('source', 'account').execute();
    }
  }),
  // What supervisors did stands among all that people did.
  '2026-11-26-overrides-are-operations': formerly('2026-11-28-overrides-are-operations', async (db, engine) => {
    const { rows } = await sql<Override>`
      select start_time as "startTime", cinema_code as "cinemaCode", film_ticket_code as "filmTicketCode",
        record_id as "recordId", account, operator, reason, overridden_at as "overriddenAt", "before"
      from claim_override
    `.execute(db);
    for (const { operator, reason, overriddenAt, before, ...claim } of rows) {
      const what = JSON.stringify({ reason, released: [{ ...claim, ...JSON.parse(before) }] });
      await sql`
        insert into operation (id, name, actor, began_at, ended_at, "of", failed, what)
        values (${newOperationId()}, 'claims release', ${operator}, ${overriddenAt}, ${overriddenAt}, null, 0, ${what})
      `.execute(db);
    }
    await db.schema.dropTable('claim_override').execute();
    if (engine === 'postgres') await sql`drop function refuse_claim_override_change()`.execute(db);
  }),
};
