import { haveSameTicket, isUndone } from '@ticket-check/check-records';
import { hashOfToken } from '@ticket-check/operators';
import type { RecordId, WallClock } from '@ticket-check/protocol';
import { sql } from 'kysely';
import type { Db } from '../tables.ts';

/** The entry of a pass-out, which counts; null if the code is no pass-out of this terminal that does. */
export async function findPassOut(db: Db, code: string) {
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
  db: Db,
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
