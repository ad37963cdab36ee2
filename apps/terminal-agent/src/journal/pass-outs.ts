import { type CheckRecordTables, haveSameTicket, isUndone } from '@ticket-check/check-records';
import { hashOfToken } from '@ticket-check/operators';
import type { RecordId, WallClock } from '@ticket-check/protocol';
import { inOrder, type Migrations } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { ScanTables } from './scan-tables.ts';

/** What guests who step out come back with. Reading R11. */
export type PassOutTables = {
  passOut: {
    /** The entry of the guest; one each. A row is deleted when that is undone, so a pass-out counts once. */
    recordId: string;
    /** SHA-256 of the code, hexadecimal. The code is random, so that a plain hash does not give it away. */
    codeHash: string;
  };
};

export const passOutMigrations: Migrations = {
  '0001': (db) => inOrder(db, sql`create table pass_out (record_id text primary key, code_hash text not null unique)`),
};

type Tables = PassOutTables & ScanTables & CheckRecordTables;

/** The entry of a pass-out, which counts; null if the code is no pass-out of this terminal that does. */
export async function findPassOut(
  db: Kysely<Tables>,
  code: string,
): Promise<{ readonly entry: RecordId; readonly ticketInfoCode: string } | null> {
  const row = await db
    .selectFrom('passOut')
    .innerJoin('checkRecord', 'checkRecord.recordId', 'passOut.recordId')
    .select(['checkRecord.recordId', 'ticketInfoCode'])
    .where('codeHash', '=', hashOfToken(code))
    .executeTakeFirst();
  return row === undefined ? null : { entry: row.recordId as RecordId, ticketInfoCode: row.ticketInfoCode };
}

/** Platforms quarantine records of one ticket beyond 16, and would take it for unused then. */
const MAX_ENTRIES = 8;

/**
 * Gives the guest of a ticket that was scanned here a pass-out, in an open transaction; one given before counts no longer. The guest
 * went in, so the ticket itself opens no gate for that entry any longer. Returns the entry; null if the ticket has none here, or
 * several, which say nothing of who leaves, or if its guest came back too often.
 */
export async function keepPassOut(
  db: Kysely<Tables>,
  { recordId, code, at }: { readonly recordId: string; readonly code: string; readonly at: WallClock },
) {
  const all = await db
    .selectFrom('scan')
    .innerJoin('checkRecord', (join) => join.on(haveSameTicket('checkRecord', 'scan')))
    .select(['checkRecord.recordId', 'checkRecord.cinemaCode', 'checkRecord.filmTicketCode', 'checkTime'])
    .select(sql<number>`case when ${isUndone('checkRecord')} then 1 else 0 end`.as('undone'))
    .where('scan.recordId', '=', recordId)
    .where('quarantine', 'is', null)
    .execute();
  const [entry, ...others] = all.filter(({ undone }) => undone === 0);
  if (entry === undefined || others.length > 0 || all.length >= MAX_ENTRIES) return null;
  const codeHash = hashOfToken(code);
  await db
    .insertInto('passOut')
    .values({ recordId: entry.recordId, codeHash })
    .onConflict((conflict) => conflict.column('recordId').doUpdateSet({ codeHash }))
    .execute();
  await db
    .updateTable('scan')
    .set({ openedAt: at })
    .where('recordId', '=', entry.recordId)
    .where('openedAt', 'is', null)
    .execute();
  return entry;
}
