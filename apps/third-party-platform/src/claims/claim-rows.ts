import type { EntryRecord } from '@ticket-check/check-records';
import { sql } from 'kysely';
import type { ReleasedClaimRow, TicketClaimRow } from './claim-tables.ts';
import { CLAIM_COLUMNS, type Database } from './known-entries.ts';
import { type Claim, claimKeyOf, inKeyOrder, onePerTicket, type Ticket } from './ticket-key.ts';

const ROW_COLUMNS = {
  ...CLAIM_COLUMNS,
  checkTime: 'text',
  gate: 'text',
  source: 'text',
  claimedAt: 'text',
  recorded: 'integer',
} as const satisfies Record<keyof TicketClaimRow, 'text' | 'integer'>;
const ROW = Object.keys(ROW_COLUMNS) as (keyof TicketClaimRow)[];
const TICKET = ['startTime', 'cinemaCode', 'filmTicketCode'] as const;

/**
 * Inserts claims on tickets that have none, except released ones; of two on one ticket the one that stands first. The
 * primary key decides, also between processes: PostgreSQL waits here for whoever is writing the same key.
 *
 * @returns the claims that are new, by `claimKeyOf`.
 */
export async function insertClaims({ db, store }: Database, rows: readonly TicketClaimRow[]): Promise<Set<string>> {
  const placed = inKeyOrder(rows).map((row, place) => ({ ...row, place }));
  const inserted = await db
    .insertInto('ticketClaim')
    .columns(ROW)
    .expression((eb) =>
      eb
        .selectFrom(store.rowsFrom(placed, { ...ROW_COLUMNS, place: 'integer' }).as('given'))
        .select(ROW.map((column) => `given.${column}` as const))
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('releasedClaim')
                .select('releasedClaim.recordId')
                .whereRef('releasedClaim.startTime', '=', 'given.startTime')
                .whereRef('releasedClaim.cinemaCode', '=', 'given.cinemaCode')
                .whereRef('releasedClaim.filmTicketCode', '=', 'given.filmTicketCode')
                .whereRef('releasedClaim.recordId', '=', 'given.recordId'),
            ),
          ),
        )
        .orderBy('given.place'),
    )
    .onConflict((conflict) => conflict.columns([...TICKET]).doNothing())
    .returning([...TICKET, 'recordId'])
    .execute();
  return new Set(inserted.map(claimKeyOf));
}

/**
 * Claims the tickets of records that count as entries. A claim that is there already stays with its holder, marked where
 * the record is the holder's own. The rows stay locked until the transaction ends, so that a claim which is being released
 * meanwhile is handed over to the record.
 */
export async function claimForRecords(database: Database, records: readonly EntryRecord[]): Promise<void> {
  if (records.length === 0) return;
  const byTime = records.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  const first = onePerTicket(byTime);
  const rows = first.map(({ receivedAt, ...record }) => ({ ...record, gate: '', claimedAt: receivedAt, recorded: 1 }));
  await upsert(
    database,
    rows,
    sql<number>`case when ticket_claim.record_id = excluded.record_id then 1 else ticket_claim.recorded end`,
  );
  const claimants = new Set(first);
  const further = byTime.filter((record) => !claimants.has(record));
  if (further.length > 0) await markRecorded(database, further);
}

function order({ checkTime, recordId }: EntryRecord): string {
  return `${checkTime} ${recordId}`;
}

async function markRecorded({ db, store }: Database, claims: readonly Claim[]): Promise<void> {
  await db
    .updateTable('ticketClaim')
    .from(store.rowsFrom(claims, CLAIM_COLUMNS).as('given'))
    .set({ recorded: 1 })
    .whereRef('ticketClaim.startTime', '=', 'given.startTime')
    .whereRef('ticketClaim.cinemaCode', '=', 'given.cinemaCode')
    .whereRef('ticketClaim.filmTicketCode', '=', 'given.filmTicketCode')
    .whereRef('ticketClaim.recordId', '=', 'given.recordId')
    .execute();
}

/** Holds a ticket for nobody while it is locked; no RecordId is empty. */
const NOBODY = '';

/**
 * Keeps others from claiming these tickets until the transaction ends, by a row for each: the claim that is there, or one
 * of nobody's, which `deleteClaims` takes away again. A claim that another process is writing is waited for.
 */
export async function lockTickets(database: Database, tickets: readonly Ticket[]): Promise<void> {
  const rows = onePerTicket(tickets).map(({ startTime, cinemaCode, filmTicketCode }) => ({
    ...{ startTime, cinemaCode, filmTicketCode, recordId: NOBODY },
    ...{ checkTime: '', gate: '', source: '', claimedAt: '', recorded: 0 },
  }));
  await upsert(database, rows, sql<number>`ticket_claim.recorded`);
}

async function upsert(
  { db, store }: Database,
  rows: readonly TicketClaimRow[],
  recorded: ReturnType<typeof sql<number>>,
) {
  await db
    .insertInto('ticketClaim')
    .columns(ROW)
    .expression((eb) =>
      eb
        .selectFrom(store.rowsFrom(inKeyOrder(rows), ROW_COLUMNS).as('given'))
        .select(ROW.map((column) => `given.${column}` as const))
        // Without it SQLite reads the following `on conflict` as a join.
        .where(sql.lit(true)),
    )
    .onConflict((conflict) => conflict.columns([...TICKET]).doUpdateSet({ recorded }))
    .execute();
}

/** Deletes claims that these RecordIds hold without a record, and what `lockTickets` has put in the way. */
export async function deleteClaims({ db, store }: Database, claims: readonly Claim[]): Promise<void> {
  const given = store.rowsFrom(
    claims.flatMap((claim) => [claim, { ...claim, recordId: NOBODY }]),
    CLAIM_COLUMNS,
  );
  const key = sql`(start_time, cinema_code, film_ticket_code, record_id)`;
  await db
    .deleteFrom('ticketClaim')
    .where('recorded', '=', 0)
    .where(sql<boolean>`${key} in (select start_time, cinema_code, film_ticket_code, record_id from ${given} as given)`)
    .execute();
}

/** Remembers released claims for good, so that one which is still on its way comes to nothing. */
export async function insertReleased({ db, store }: Database, rows: readonly ReleasedClaimRow[]): Promise<void> {
  if (rows.length === 0) return;
  const columns = [...TICKET, 'recordId', 'releasedAt'] as const;
  await db
    .insertInto('releasedClaim')
    .columns(columns)
    .expression((eb) =>
      eb
        .selectFrom(store.rowsFrom(inKeyOrder(rows), { ...CLAIM_COLUMNS, releasedAt: 'text' }).as('given'))
        .select(columns.map((column) => `given.${column}` as const))
        .where(sql.lit(true)),
    )
    .onConflict((conflict) => conflict.columns([...TICKET, 'recordId']).doNothing())
    .execute();
}
