import type { Store } from '@ticket-check/storage';
import { isUndone } from '../tables/reversal-rows.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import type { TicketKey } from '../tables/ticket-key.ts';
import { recordsWithState, type StatedRecord, statedRecordOf } from './record-states.ts';

/**
 * The entries of a ticket, the first one first, and how far each has come. Read by the connection of reports; an index holds
 * them in this order, so that at most `limit` are read.
 */
export async function loadEntriesOfTicket(
  { reports }: Pick<Store<CheckRecordTables>, 'reports'>,
  { startTime, cinemaCode, filmTicketCode }: TicketKey,
  limit: number,
): Promise<StatedRecord[]> {
  const rows = await recordsWithState(reports)
    .where('checkRecord.startTime', '=', startTime)
    .where('checkRecord.cinemaCode', '=', cinemaCode)
    .where('checkRecord.filmTicketCode', '=', filmTicketCode)
    .where('checkRecord.quarantine', 'is', null)
    .where((eb) => eb.not(isUndone('checkRecord')))
    .orderBy('checkRecord.checkTime')
    .orderBy('checkRecord.recordId')
    .orderBy('checkRecord.identity')
    .limit(limit)
    .execute();
  return rows.map(statedRecordOf);
}
