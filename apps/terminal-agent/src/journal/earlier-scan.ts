import { type CheckRecordTables, haveSameTicket, TICKET_COLUMNS, type TicketKey } from '@ticket-check/check-records';
import type { RecordId, TicketIdentity, WallClock } from '@ticket-check/protocol';
import { queryOverRows, type Store } from '@ticket-check/storage';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { UndoneEntries } from '../admission/rules.ts';
import { type FirstAnswer, type Scan, shownETicket } from './scan.ts';
import { SALVAGED, type ScanTables } from './scan-tables.ts';

type EarlierScanTables = ScanTables & CheckRecordTables;

/** An earlier scan of the same ticket in this store. */
type EarlierScan = {
  scan: Scan;
  decision: (FirstAnswer & { opened: boolean }) | null;
};

const columns = [
  'scan.recordId',
  'gate',
  'scannedAt',
  'textHash',
  'clockCorrectionMs',
  'clockTrusted',
  'eTicketTime',
  'eTicketAgeSeconds',
  'verdict',
  'confirmed',
  'refundStateKnown',
  'upstreamSilent',
  'lastContactSeconds',
  'changesKnownAt',
  'openedAt',
] as const;

/** Finds the scan that made the ticket's entry; `null` if the ticket has none. */
export async function entryOf(db: Kysely<ScanTables>, ticket: TicketIdentity): Promise<EarlierScan | null> {
  const row = await db
    .selectFrom('entry')
    .innerJoin('scan', 'scan.recordId', 'entry.recordId')
    .select(columns)
    .where('entry.startTime', '=', ticket.startTime)
    .where('entry.cinemaCode', '=', ticket.cinemaCode)
    .where('entry.filmTicketCode', '=', ticket.filmTicketCode)
    .executeTakeFirst();
  return row === undefined ? null : earlierScan(row);
}

const traces = queryOverRows<EarlierScanTables, TicketKey, keyof TicketKey, TicketKey>(
  TICKET_COLUMNS,
  ({ db }, given) =>
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
export async function hasTraces(store: Store<EarlierScanTables>, ticket: TicketIdentity): Promise<boolean> {
  return (await traces.find(store, [ticket])).length > 0;
}

/** Loads the undone entries of a ticket. Reading R9. */
export async function undoneEntries(db: Kysely<EarlierScanTables>, ticket: TicketIdentity): Promise<UndoneEntries> {
  const rows = await db
    .selectFrom('reversal')
    .select('reverses')
    .where('startTime', '=', ticket.startTime)
    .where('cinemaCode', '=', ticket.cinemaCode)
    .where('filmTicketCode', '=', ticket.filmTicketCode)
    .execute();
  return new Set(rows.map(({ reverses }) => reverses as RecordId));
}

const intentsAt = (db: Kysely<ScanTables>, gate: string) =>
  db.selectFrom('scan').select(columns).where('verdict', 'is', null).where('gate', '=', gate);

/** Loads the undecided intents of a ticket at one gate, newest first. */
export async function openIntents(
  db: Kysely<ScanTables>,
  { startTime, cinemaCode, filmTicketCode }: TicketIdentity,
  gate: string,
): Promise<EarlierScan[]> {
  const rows = await intentsAt(db, gate)
    .where('startTime', '=', startTime)
    .where('cinemaCode', '=', cinemaCode)
    .where('filmTicketCode', '=', filmTicketCode)
    .orderBy('sequence', 'desc')
    .execute();
  return rows.map(earlierScan);
}

/** Finds an undecided intent at the gate where it was made, or `null`. */
export async function openIntent(
  db: Kysely<ScanTables>,
  { recordId, gate }: Pick<Scan, 'recordId' | 'gate'>,
): Promise<EarlierScan | null> {
  const row = await intentsAt(db, gate).where('recordId', '=', recordId).executeTakeFirst();
  return row === undefined ? null : earlierScan(row);
}

type Row = Pick<Selectable<ScanTables['scan']>, 'recordId' | Exclude<(typeof columns)[number], 'scan.recordId'>>;

function earlierScan({ recordId, scannedAt, clockTrusted, verdict, openedAt, ...row }: Row): EarlierScan {
  const { gate, textHash, clockCorrectionMs, confirmed, refundStateKnown, upstreamSilent } = row;
  const answer: FirstAnswer = {
    confirmed: confirmed === 1,
    ...(refundStateKnown !== null && { refundStateKnown: refundStateKnown === 1 }),
    ...(upstreamSilent === 1 && {
      silence: {
        lastContactSeconds: row.lastContactSeconds,
        changesKnownAt: row.changesKnownAt as WallClock | null,
      },
    }),
  };
  return {
    scan: {
      recordId: recordId as RecordId,
      scannedAt: scannedAt as WallClock,
      gate,
      textHash,
      clockCorrectionMs,
      clockTrusted: clockTrusted === 1,
      eTicket: shownETicket(row),
    },
    decision: verdict === null ? null : { ...answer, opened: openedAt !== null },
  };
}

/**
 * Loads the admissions that the clock must not be before: the newest of this store, and the salvaged one with the latest
 * time, since salvaged ones are inserted after newer ones. Reading C7.
 */
export async function lastAdmissions(db: Kysely<ScanTables>): Promise<{ at: WallClock; correctionMs: number }[]> {
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
