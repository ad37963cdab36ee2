import { type CheckRecordTables, isUndone } from '@ticket-check/check-records';
import type { TicketIdentity } from '@ticket-check/protocol';
import { type Kysely, sql } from 'kysely';
import type { ScanTables } from './scan-tables.ts';

type Tables = ScanTables & CheckRecordTables;

/**
 * Withdraws the entry of an admission in the transaction that keeps its compensating record; idempotent. Another admission of
 * the ticket that counts becomes its entry. Reading R9.
 */
export async function withdrawEntry(
  db: Kysely<Tables>,
  undone: TicketIdentity & { readonly recordId: string },
): Promise<void> {
  const { recordId, startTime, cinemaCode, filmTicketCode } = undone;
  const { numDeletedRows } = await db
    .deleteFrom('entry')
    .where('recordId', '=', recordId)
    .where('startTime', '=', startTime)
    .where('cinemaCode', '=', cinemaCode)
    .where('filmTicketCode', '=', filmTicketCode)
    .executeTakeFirst();
  if (numDeletedRows > 0n) await passToAnother(db, undone);
}

/** Makes the first of the ticket's other admissions that count its entry. Reading R7. */
async function passToAnother(db: Kysely<Tables>, { startTime, cinemaCode, filmTicketCode }: TicketIdentity) {
  const next = await db
    .selectFrom('checkRecord')
    .select('recordId')
    .where('startTime', '=', startTime)
    .where('cinemaCode', '=', cinemaCode)
    .where('filmTicketCode', '=', filmTicketCode)
    .where('quarantine', 'is', null)
    .where(sql<boolean>`not ${isUndone('checkRecord')}`)
    .orderBy('checkTime')
    .orderBy('recordId')
    .limit(1)
    .executeTakeFirst();
  if (next === undefined) return;
  await db.insertInto('entry').values({ startTime, cinemaCode, filmTicketCode, recordId: next.recordId }).execute();
}
