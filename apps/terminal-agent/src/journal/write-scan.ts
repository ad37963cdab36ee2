import type { CheckRecord, TicketIdentity, Verdict, WallClock } from '@ticket-check/protocol';
import type { Kysely } from 'kysely';
import type { Scan, ShownETicket } from './scan.ts';
import type { ScanTables } from './scan-tables.ts';

/** Builds the row of an undecided scan. */
export function scanRow({ clockTrusted, eTicket, ...scan }: Scan, ticket: TicketIdentity | null) {
  const { cinemaCode = null, filmTicketCode = null, startTime = null } = ticket ?? {};
  return { ...scan, ...shownRow(eTicket), clockTrusted: clockTrusted ? 1 : 0, cinemaCode, filmTicketCode, startTime };
}

function shownRow(eTicket: ShownETicket | null) {
  return { eTicketTime: eTicket?.time ?? null, eTicketAgeSeconds: eTicket?.ageSeconds ?? null };
}

/** The columns that a decision adds to its scan. */
export type Decision = {
  verdict: Verdict;
  decidedAt: WallClock;
  detail?: string;
  confirmed?: number;
  refundStateKnown?: number;
  upstreamSilent?: number;
  lastContactSeconds?: number | null;
  changesKnownAt?: WallClock | null;
  openedAt?: WallClock;
};

/** Writes a decision, and the scan itself if it has no intent. */
export function deciding(db: Kysely<ScanTables>, scan: Scan, ticket: TicketIdentity, decision: Decision) {
  return (
    db
      .insertInto('scan')
      .values((eb) => ({
        ...scanRow(scan, ticket),
        ...decision,
        // Reuse the sequence of the intent: an upsert uses up a number even if the row exists.
        sequence: eb.selectFrom('scan').select('sequence').where('recordId', '=', scan.recordId).$castTo<number>(),
      }))
      // A scan continued after a crash may have been shown in another form.
      .onConflict((conflict) => conflict.doUpdateSet({ ...decision, ...shownRow(scan.eTicket) }))
  );
}

/** Writes an entry; violates the primary key if the ticket has one. */
export function entering(db: Kysely<ScanTables>, { recordId, startTime, cinemaCode, filmTicketCode }: CheckRecord) {
  return db.insertInto('entry').values({ startTime, cinemaCode, filmTicketCode, recordId });
}
