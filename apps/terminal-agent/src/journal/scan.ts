import { haveSameTicket, selectEntries, TICKET_COLUMNS, type TicketKey } from '@ticket-check/check-records';
import type { CheckRecord, RecordId, TicketIdentity, Verdict, WallClock } from '@ticket-check/protocol';
import { queryOverRows, withTables } from '@ticket-check/storage';
import { type Selectable, sql } from 'kysely';
import type { FirstEntry, UndoneEntries } from '../admission/rules.ts';
import { type Db, SALVAGED, type TerminalStore, type TerminalTables } from '../tables.ts';

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
  time: WallClock;
  /** Its age at the scan, in seconds; negative: its time is in the future. */
  ageSeconds: number;
};

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

export type FirstAnswer = {
  /** Whether no other terminal can have admitted the same ticket (reading C2). */
  confirmed: boolean;
  /** Whether the upstream said that the ticket was not refunded, or is not known to it (reading C3). */
  refundStateKnown?: boolean;
  /** Set if the upstream was asked and silent. */
  silence?: Silence;
};

export function entryAt({ scannedAt, gate }: Pick<Scan, 'scannedAt' | 'gate'>): FirstEntry {
  return { checkTime: scannedAt, gate };
}

export function scanRow({ clockTrusted, eTicket, ...scan }: Scan, ticket: TicketIdentity | null) {
  const { cinemaCode = null, filmTicketCode = null, startTime = null } = ticket ?? {};
  return { ...scan, ...shownRow(eTicket), clockTrusted: clockTrusted ? 1 : 0, cinemaCode, filmTicketCode, startTime };
}

function shownRow(eTicket: ShownETicket | null) {
  return { eTicketTime: eTicket?.time ?? null, eTicketAgeSeconds: eTicket?.ageSeconds ?? null };
}

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
export function deciding(db: Db, scan: Scan, ticket: TicketIdentity | null, decision: Decision) {
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

/** The columns that identify a ticket, for conditions and rows. */
export function identityOf({ startTime, cinemaCode, filmTicketCode }: TicketIdentity): TicketIdentity {
  return { startTime, cinemaCode, filmTicketCode };
}

/** Writes an entry; violates the primary key if the ticket has one. */
export function entering(db: Db, record: CheckRecord) {
  return db.insertInto('entry').values({ ...identityOf(record), recordId: record.recordId });
}

/**
 * Withdraws the entry of an admission in the transaction that keeps its compensating record; idempotent. Another admission of
 * the ticket that counts becomes its entry. Reading R9.
 */
export async function withdrawEntry(db: Db, undone: TicketIdentity & { readonly recordId: string }): Promise<void> {
  const ticket = identityOf(undone);
  const { numDeletedRows } = await db
    .deleteFrom('entry')
    .where(({ and }) => and({ ...ticket, recordId: undone.recordId }))
    .executeTakeFirst();
  if (numDeletedRows === 0n) return;
  // The first of the ticket's other admissions that count. Reading R7.
  const next = await selectEntries(withTables(db))
    .select('recordId')
    .where(({ and }) => and(ticket))
    .orderBy('checkTime')
    .orderBy('recordId')
    .limit(1)
    .executeTakeFirst();
  if (next === undefined) return;
  await db
    .insertInto('entry')
    .values({ ...ticket, recordId: next.recordId })
    .execute();
}

/** Finds the scan that made the ticket's entry, and what it was answered; `null` if the ticket has none. */
export async function entryOf(db: Db, ticket: TicketIdentity) {
  const row = await db
    .selectFrom('entry')
    .innerJoin('scan', 'scan.recordId', 'entry.recordId')
    .leftJoin('override', 'override.recordId', 'entry.recordId')
    .selectAll('scan')
    .select('override.overrides')
    .where('entry.startTime', '=', ticket.startTime)
    .where('entry.cinemaCode', '=', ticket.cinemaCode)
    .where('entry.filmTicketCode', '=', ticket.filmTicketCode)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { refundStateKnown, lastContactSeconds } = row;
  const changesKnownAt = row.changesKnownAt as WallClock | null;
  const answer: FirstAnswer = {
    confirmed: row.confirmed === 1,
    ...(refundStateKnown !== null && { refundStateKnown: refundStateKnown === 1 }),
    ...(row.upstreamSilent === 1 && { silence: { lastContactSeconds, changesKnownAt } }),
  };
  return { scan: scanOf(row), answer, opened: row.openedAt !== null, isOverride: row.overrides !== null };
}

const traces = queryOverRows<TerminalTables, TicketKey, TicketKey>(TICKET_COLUMNS, ({ db }, given) =>
  db
    .selectFrom(given.as('given'))
    .selectAll('given')
    .where(({ or, exists, selectFrom }) =>
      or([
        exists(selectFrom('entry').select('entry.recordId').where(haveSameTicket('entry', 'given'))),
        exists(
          selectFrom('scan')
            .select('scan.recordId')
            .where('scan.verdict', 'is', null)
            .where(haveSameTicket('scan', 'given')),
        ),
        exists(selectFrom('reversal').select('reversal.recordId').where(haveSameTicket('reversal', 'given'))),
      ]),
    ),
);

/** Whether the store has an entry, an undone entry or an undecided intent of a ticket. */
export async function hasTraces(store: TerminalStore, ticket: TicketIdentity): Promise<boolean> {
  return (await traces.find(store, [ticket])).length > 0;
}

/** Loads the undone entries of a ticket. Reading R9. */
export async function undoneEntries(db: Db, ticket: TicketIdentity): Promise<UndoneEntries> {
  const rows = await db
    .selectFrom('reversal')
    .select('reverses')
    .where(({ and }) => and(identityOf(ticket)))
    .execute();
  return new Set(rows.map(({ reverses }) => reverses as RecordId));
}

/** Loads the undecided intents of a ticket at one gate, newest first. */
export async function openIntents(db: Db, gate: string, ticket: TicketIdentity): Promise<Scan[]> {
  const rows = await db
    .selectFrom('scan')
    .selectAll()
    .where('verdict', 'is', null)
    .where('gate', '=', gate)
    .where(({ and }) => and(identityOf(ticket)))
    .orderBy('sequence', 'desc')
    .execute();
  return rows.map(scanOf);
}

/** Rows are written only from scans, so their values are valid. */
const scanOf = (row: Selectable<TerminalTables['scan']>): Scan => ({
  recordId: row.recordId as RecordId,
  gate: row.gate,
  scannedAt: row.scannedAt as WallClock,
  textHash: row.textHash,
  clockCorrectionMs: row.clockCorrectionMs,
  clockTrusted: row.clockTrusted === 1,
  eTicket: shownETicket(row),
});

/**
 * Loads the admissions that the clock must not be before: the newest of this store, and the salvaged one with the latest
 * time, since salvaged ones are inserted after newer ones. Reading C7.
 */
export async function lastAdmissions(db: Db): Promise<{ at: WallClock; correctionMs: number }[]> {
  const admissions = db
    .selectFrom('scan')
    .select(['scannedAt', 'clockCorrectionMs'])
    .where('verdict', '=', 'ADMIT')
    .limit(1);
  // The newest and not the latest of its own: the upstream may have corrected a clock that was ahead.
  const own = admissions.where('detail', 'is', null).orderBy('sequence', 'desc');
  const salvaged = admissions.where('detail', '=', sql.lit(SALVAGED)).orderBy('scannedAt', 'desc');
  const rows = await Promise.all([own.executeTakeFirst(), salvaged.executeTakeFirst()]);
  return rows
    .filter((row) => row !== undefined)
    .map(({ scannedAt, clockCorrectionMs }) => ({ at: scannedAt as WallClock, correctionMs: clockCorrectionMs }));
}
