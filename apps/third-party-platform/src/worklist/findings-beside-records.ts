import {
  type BesideRecords,
  type CheckRecordTables,
  TICKET_COLUMNS,
  type TicketKey,
  ticketText,
} from '@ticket-check/check-records';
import type { Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { FoundTables } from './find.ts';
import type { FindingTables } from './finding-tables.ts';

/**
 * Keeps a record for as long as a finding about its ticket is open, and lets the finding go with it, with all that was noted.
 * Reading S3.
 */
export function findingsBesideRecords(store: Store<FoundTables>): BesideRecords {
  const ofTickets = (records: readonly TicketKey[]) => {
    const tickets = [...new Map(records.map((record) => [ticketText(record), record])).values()];
    return sql<boolean>`(start_time, cinema_code, film_ticket_code) in (
      select start_time, cinema_code, film_ticket_code from ${store.rowsAsTable(tickets, TICKET_COLUMNS)} as given
    )`;
  };
  const findingsIn = (db: Kysely<CheckRecordTables>) => db.withTables<FindingTables>();

  return {
    settlesDoubles: true,

    async reasonsToStay(db, records, { locks }) {
      const findings = await findingsIn(db)
        .selectFrom('finding')
        .select(['startTime', 'cinemaCode', 'filmTicketCode', 'notedAt'])
        .where(ofTickets(records))
        .orderBy('startTime')
        .orderBy('cinemaCode')
        .orderBy('filmTicketCode')
        .orderBy('kind')
        .$if(locks, (query) => query.forUpdate())
        .execute();
      const open = new Set(findings.filter(({ notedAt }) => notedAt === null).map(ticketText));
      return records.map((record) => (open.has(ticketText(record)) ? 'FINDING_OPEN' : null));
    },

    async rowsOf(db, records, { deletes }) {
      if (!deletes) {
        const { findings } = await findingsIn(db)
          .selectFrom('finding')
          .select((eb) => eb.fn.countAll<number>().as('findings'))
          .where(ofTickets(records))
          .executeTakeFirstOrThrow();
        return { findings };
      }
      await findingsIn(db).deleteFrom('findingNote').where(ofTickets(records)).execute();
      const { numDeletedRows } = await findingsIn(db)
        .deleteFrom('finding')
        .where(ofTickets(records))
        .executeTakeFirst();
      return { findings: Number(numDeletedRows) };
    },
  };
}
