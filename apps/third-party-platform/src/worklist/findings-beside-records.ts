import {
  type BesideRecords,
  type CheckRecordTables,
  isOfTickets,
  takeRows,
  ticketText,
} from '@ticket-check/check-records';
import type { Store } from '@ticket-check/storage';
import type { FoundTables } from './find.ts';
import type { FindingTables } from './finding-tables.ts';

/**
 * Keeps a record for as long as a finding about its ticket is open, and lets the finding go with it, with all that was noted.
 * Reading S3.
 */
export function findingsBesideRecords(store: Store<FoundTables>): BesideRecords {
  return {
    settlesDoubles: true,
    async reasonsToStay(db, records, { locks }) {
      const findings = await db
        .withTables<CheckRecordTables & FindingTables>()
        .selectFrom('finding')
        .select(['startTime', 'cinemaCode', 'filmTicketCode', 'notedAt'])
        .where(isOfTickets(store, records))
        .orderBy('startTime')
        .orderBy('cinemaCode')
        .orderBy('filmTicketCode')
        .orderBy('kind')
        .$if(locks, (query) => query.forUpdate())
        .execute();
      const open = new Set(findings.filter(({ notedAt }) => notedAt === null).map(ticketText));
      return records.map((record) => (open.has(ticketText(record)) ? 'FINDING_OPEN' : null));
    },
    async take(db, records, mode) {
      const ofTickets = isOfTickets(store, records);
      if (mode.deletes) await takeRows(db, 'findingNote', ofTickets, mode);
      return { findings: await takeRows(db, 'finding', ofTickets, mode) };
    },
  };
}
