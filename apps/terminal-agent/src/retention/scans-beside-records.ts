import {
  type BesideRecords,
  type CheckRecordTables,
  haveSameTicket,
  isOfTickets,
  TICKET_COLUMNS,
  type TicketKey,
  takeRows,
} from '@ticket-check/check-records';
import { queryOverRows, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { ClaimTables } from '../claims/claim-releases.ts';
import type { OverrideTables } from '../journal/refusals.ts';
import { SALVAGED, type ScanTables } from '../journal/scan-tables.ts';
import type { RecheckTables } from '../recheck/recheck-queue.ts';

export type RetainedTables = CheckRecordTables & ScanTables & OverrideTables & ClaimTables & RecheckTables;

type RecordOfTicket = TicketKey & { readonly recordId: string };

const ASKED = { ...TICKET_COLUMNS, recordId: 'text' } as const;

/**
 * Keeps a record while its admission is or may become disputed: the upstream objected later (`LATE_VERDICT`), a recheck is open
 * (`RECHECK_OPEN`), or another scan of the ticket may hold a claim (`CLAIM_OPEN`). The newest admission stays too, since the clock
 * must not be before it (reading C7). Scan and entry are purged with their record. Reading S3.
 */
export function scansBesideRecords(store: Store<RetainedTables>): BesideRecords {
  return {
    async reasonsToStay(db, records) {
      const rows = await reasons.ask({ db: db.$extendTables<RetainedTables>(), store }, records);
      const byRecord = new Map(rows.map(({ recordId, reason }) => [recordId, reason]));
      return records.map(({ recordId }) => byRecord.get(recordId) ?? null);
    },

    async take(db, records, mode) {
      const isTheirs = sql<boolean>`record_id in (
        select record_id from ${store.rowsAsTable(records, { recordId: 'text' })} as given
      )`;
      const ofTickets = sql<boolean>`${isOfTickets(store, records)} and ${isTheirs}`;
      // The reason of an override goes with the record; the audit keeps it.
      if (mode.deletes) await takeRows(db, 'override', isTheirs, mode);
      return {
        entries: await takeRows(db, 'entry', ofTickets, mode),
        scans: await takeRows(db, 'scan', isTheirs, mode),
      };
    },
  };
}

const reasons = queryOverRows<
  RetainedTables,
  RecordOfTicket,
  keyof RecordOfTicket,
  { recordId: string; reason: string | null }
>(ASKED, ({ db }, given) =>
  db
    .selectFrom(given.as('given'))
    .select('given.recordId')
    .select(
      sql<string | null>`case
          when exists (select 1 from scan s where s.record_id = given.record_id and s.late_verdict is not null)
            then 'LATE_VERDICT'
          when exists (select 1 from recheck r where r.record_id = given.record_id) then 'RECHECK_OPEN'
          when exists (
            select 1 from scan s
            where s.verdict is null and ${haveSameTicket('s', 'given')}
          ) then 'CLAIM_OPEN'
          when (given.start_time, given.cinema_code, given.film_ticket_code) in (
            select start_time, cinema_code, film_ticket_code from claim_release
          ) then 'CLAIM_OPEN'
          when given.record_id in (
            (select record_id from scan where verdict = 'ADMIT' and detail is null order by sequence desc limit 1),
            (select record_id from scan where verdict = 'ADMIT' and detail = ${sql.lit(SALVAGED)}
             order by scanned_at desc limit 1)
          ) then 'NEWEST_ADMISSION'
        end`.as('reason'),
    ),
);
