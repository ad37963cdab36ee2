import { type CheckRecordTables, selectEntries } from '@ticket-check/check-records';
import type { CheckRecord, RecordId, TicketIdentity, Verdict, WallClock } from '@ticket-check/protocol';
import { withTables } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { FirstEntry } from '../admission/rules.ts';
import type { ScanTables } from './scan-tables.ts';

/** A scan at its start: its identity, time and place. */
export type Scan = {
  recordId: RecordId;
  gate: string;
  scannedAt: WallClock;
  textHash: string;
  /** The correction of the clock for `scannedAt`, and whether it could be trusted. Reading C7. */
  clockCorrectionMs: number;
  clockTrusted: boolean;
  /** The e-ticket that it was shown as; null for the bare code of a printed ticket. */
  eTicket: ShownETicket | null;
};

/** What an e-ticket claims, proved or not. Reading C5. */
export type ShownETicket = {
  /** When the platform verified it. */
  time: WallClock;
  /** Its age at the scan, in seconds; negative: its time is in the future. */
  ageSeconds: number;
};

/** Reads the e-ticket of a row. */
export function shownETicket(row: {
  readonly eTicketTime: string | null;
  readonly eTicketAgeSeconds: number | null;
}): ShownETicket | null {
  const { eTicketTime: time, eTicketAgeSeconds: ageSeconds } = row;
  return time === null || ageSeconds === null ? null : { time: time as WallClock, ageSeconds };
}

export type Silence = {
  /** Seconds since the last answer of the upstream; `null` for never. */
  lastContactSeconds: number | null;
  /** Up to when all refunds were known; `null` if the upstream does not announce them. Reading X9. */
  changesKnownAt: WallClock | null;
};

/** The answer to an admission besides its verdict. */
export type FirstAnswer = {
  /** Whether no other terminal can have admitted the same ticket (reading C2). */
  confirmed: boolean;
  /** Whether the upstream said that the ticket was not refunded, or is not known to it (reading C3). */
  refundStateKnown?: boolean;
  /** Set if the upstream was asked and silent. */
  silence?: Silence;
};

/** When and where a scan let its ticket in. */
export function entryAt({ scannedAt, gate }: Pick<Scan, 'scannedAt' | 'gate'>): FirstEntry {
  return { checkTime: scannedAt, gate };
}

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

/**
 * Withdraws the entry of an admission in the transaction that keeps its compensating record; idempotent. Another admission of
 * the ticket that counts becomes its entry. Reading R9.
 */
export async function withdrawEntry(
  db: Kysely<ScanTables & CheckRecordTables>,
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
  if (numDeletedRows === 0n) return;
  // The first of the ticket's other admissions that count. Reading R7.
  const next = await selectEntries(withTables(db))
    .select('recordId')
    .where('startTime', '=', startTime)
    .where('cinemaCode', '=', cinemaCode)
    .where('filmTicketCode', '=', filmTicketCode)
    .orderBy('checkTime')
    .orderBy('recordId')
    .limit(1)
    .executeTakeFirst();
  if (next === undefined) return;
  await db.insertInto('entry').values({ startTime, cinemaCode, filmTicketCode, recordId: next.recordId }).execute();
}
