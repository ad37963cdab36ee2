import {
  type BesideRecords,
  haveSameTicket,
  inSlices,
  type RetentionRules,
  ROWS_A_SLICE,
  takeRows,
  type Walk,
} from '@ticket-check/check-records';
import { epochOf } from '@ticket-check/protocol';
import { sql } from 'kysely';
import type { TerminalSettings } from '../config.ts';
import { firstIdAt } from '../journal/report-scans.ts';
import { SALVAGED, type TerminalStore, type TerminalTables } from '../tables.ts';

/** How long check records, scans and entries are kept. Scheme 5.3.1.3; reading S3. */
export function retentionRules(
  store: TerminalStore,
  settings: Pick<TerminalSettings, 'RETENTION_MONTHS' | 'RESEND_DAYS'>,
): RetentionRules {
  return {
    months: settings.RETENTION_MONTHS,
    resendDays: settings.RESEND_DAYS,
    beside: SCANS_BESIDE_RECORDS,
    others: [walkRefusedScans(store)],
  };
}

/**
 * Keeps a record while its admission is or may become disputed: the upstream objected later (`LATE_VERDICT`), a recheck is open
 * (`RECHECK_OPEN`), or another scan of the ticket may hold a claim (`CLAIM_OPEN`). The newest admission stays too, since the clock
 * must not be before it (reading C7). Scan and entry are purged with their record. Reading S3.
 */
const SCANS_BESIDE_RECORDS: readonly BesideRecords[] = [
  {
    // The reason of an override goes with the record; the audit keeps it.
    table: 'override',
    columns: ['record_id'],
    stays: {
      LATE_VERDICT: sql`exists (select 1 from scan s where s.record_id = given.record_id and s.late_verdict is not null)`,
      RECHECK_OPEN: sql`exists (select 1 from recheck r where r.record_id = given.record_id)`,
      CLAIM_OPEN: sql`exists (select 1 from scan s where s.verdict is null and ${haveSameTicket('s', 'given')})
        or (given.start_time, given.cinema_code, given.film_ticket_code) in (
          select start_time, cinema_code, film_ticket_code from claim_release where answered_at is null
        )`,
      NEWEST_ADMISSION: sql`given.record_id in (
        (select record_id from scan where verdict = 'ADMIT' and detail is null order by sequence desc limit 1),
        (select record_id from scan where verdict = 'ADMIT' and detail = ${sql.lit(SALVAGED)}
         order by scanned_at desc limit 1)
      )`,
    },
  },
  {
    table: 'entry',
    kind: 'entries',
    columns: ['start_time', 'cinema_code', 'film_ticket_code', 'record_id'],
  },
  { table: 'pass_out', columns: ['record_id'] },
  { table: 'scan', kind: 'scans', columns: ['record_id'] },
];

/**
 * Purges scans of genuine tickets that admitted nobody. Those of a ticket whose entry is here are evidence and stay until a purge after
 * the one of its record, as do those with a claim to release. Scans that no key opened are deleted sooner (`discardOldScans`).
 * Reading S3.
 */
const walkRefusedScans = (store: TerminalStore): Walk =>
  inSlices<string>(store, async (db, { after = '', terms: { cutoff }, deletes }) => {
    const trx = db.$extendTables<TerminalTables>();
    const slice = trx
      .selectFrom('scan')
      .select('recordId')
      .where('recordId', '>', after)
      .where('recordId', '<', firstIdAt(epochOf(cutoff)))
      .orderBy('recordId')
      .limit(ROWS_A_SLICE.sqlite);
    const read = await slice.execute();
    const last = read.at(-1)?.recordId;
    if (last === undefined) return { gone: {} };
    // Admissions go with their records.
    const isRefused = sql<boolean>`record_id > ${after} and record_id <= ${last} and verdict <> 'ADMIT' and start_time < ${cutoff}
      and not exists (select 1 from entry e where ${haveSameTicket('e', 'scan')})
      and not exists (select 1 from claim_release c where c.record_id = scan.record_id and c.answered_at is null)`;
    return {
      gone: { scans: await takeRows(db, sql.table('scan'), isRefused, { deletes }) },
      last: read.length < ROWS_A_SLICE.sqlite ? undefined : last,
    };
  });
