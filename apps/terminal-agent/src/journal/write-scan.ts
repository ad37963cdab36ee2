import type { CheckRecord, TicketIdentity, Verdict, WallClock } from '@ticket-check/protocol';
import type { Kysely } from 'kysely';
import type { Scan, ShownETicket } from './scan.ts';
import type { ScanTables } from './scan-tables.ts';

/** The row of a scan before it is decided. */
export function scanRow({ clockTrusted, eTicket, ...scan }: Scan, ticket: TicketIdentity | null) {
  const { cinemaCode = null, filmTicketCode = null, startTime = null } = ticket ?? {};
  return { ...scan, ...shownRow(eTicket), clockTrusted: clockTrusted ? 1 : 0, cinemaCode, filmTicketCode, startTime };
}

function shownRow(eTicket: ShownETicket | null) {
  return { eTicketTime: eTicket?.time ?? null, eTicketAgeSeconds: eTicket?.ageSeconds ?? null };
}

/** What a decision adds to the row of its scan. */
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

/** Writes what was decided, together with the scan itself where no intent of it was kept. */
export function deciding(db: Kysely<ScanTables>, scan: Scan, ticket: TicketIdentity, decision: Decision) {
  return (
    db
      .insertInto('scan')
      .values((eb) => ({
        ...scanRow(scan, ticket),
        ...decision,
        // That of its intent: a row that is found to be there would use up a number all the same.
        sequence: eb.selectFrom('scan').select('sequence').where('recordId', '=', scan.recordId).$castTo<number>(),
      }))
      // One that goes on after a crash may have been shown in another way by then.
      .onConflict((conflict) => conflict.doUpdateSet({ ...decision, ...shownRow(scan.eTicket) }))
  );
}

/** Writes an entry; it violates the key where the ticket has one. */
export function entering(db: Kysely<ScanTables>, { recordId, startTime, cinemaCode, filmTicketCode }: CheckRecord) {
  return db.insertInto('entry').values({ startTime, cinemaCode, filmTicketCode, recordId });
}
