import { haveSameTicket, isUndone } from '@ticket-check/check-records';
import {
  businessDate,
  businessDay,
  type CheckRecord,
  type RecordId,
  type RefusalVerdict,
  type Verdict,
  type WallClock,
} from '@ticket-check/protocol';
import { sql } from 'kysely';
import { type FirstEntry, isOverridable, type OverrideObjection } from '../admission/rules.ts';
import type { Db } from '../tables.ts';
import { entryAt, shownETicket } from './scan.ts';

export type Refusal = ReturnType<typeof refusalOf>;

export function keepingRefusal(db: Db, record: CheckRecord, first: FirstEntry | null) {
  return db
    .insertInto('refusal')
    .values({ recordId: record.recordId, record: JSON.stringify(record), first: first && JSON.stringify(first) })
    .onConflict((conflict) => conflict.doNothing());
}

function refusals(db: Db) {
  return (
    db
      .selectFrom('refusal')
      .innerJoin('scan', 'scan.recordId', 'refusal.recordId')
      .leftJoin('override', 'override.overrides', 'refusal.recordId')
      .leftJoin('scan as admission', 'admission.recordId', 'override.recordId')
      .leftJoin('entry', (join) => join.on(haveSameTicket('entry', 'scan')))
      // A ticket refused for another reason may have an entry here; one that was salvaged has a later sequence.
      .leftJoin('scan as entered', (join) =>
        join
          .onRef('entered.recordId', '=', 'entry.recordId')
          .on(({ eb, ref, or }) =>
            or([
              eb('entered.sequence', '<', ref('scan.sequence')),
              eb('entered.scannedAt', '<', ref('scan.scannedAt')),
            ]),
          ),
      )
      .select(['scan.recordId', 'scan.verdict', 'scan.gate', 'scan.scannedAt', 'scan.textHash'])
      .select(['scan.eTicketTime', 'scan.eTicketAgeSeconds', 'refusal.record', 'refusal.first'])
      .select(['override.operator as overriddenBy', 'admission.openedAt'])
      .select(['entered.scannedAt as enteredAt', 'entered.gate as enteredGate'])
      .select((eb) =>
        eb
          .exists(
            eb
              .selectFrom('checkRecord')
              .innerJoin('scan as later', 'later.recordId', 'checkRecord.recordId')
              .select('later.recordId')
              .where(haveSameTicket('checkRecord', 'scan'))
              .whereRef('later.sequence', '>', 'scan.sequence')
              // Salvaged scans have a later sequence although they are earlier.
              .whereRef('later.scannedAt', '>=', 'scan.scannedAt')
              .where(sql<boolean>`not ${isUndone('checkRecord')}`),
          )
          .as('enteredSince'),
      )
      .where('scan.verdict', 'is not', null)
  );
}

/** Loads the last refusals of genuine tickets on the business date of a moment, latest first: those of some cinemas after one. */
export async function lastRefusals(
  db: Db,
  now: WallClock,
  asked: { readonly most: number; readonly after: string | null; readonly cinemas: 'all' | readonly string[] },
): Promise<Refusal[]> {
  const { most, after, cinemas } = asked;
  const { from, until } = businessDay(businessDate(now));
  const rows = await refusals(db)
    .$if(cinemas !== 'all', (found) => found.where('scan.cinemaCode', 'in', cinemas as readonly string[]))
    .$if(after !== null, (found) => found.where('refusal.recordId', '<', after ?? ''))
    .where('scan.scannedAt', '>=', from)
    .where('scan.scannedAt', '<', until)
    .orderBy('refusal.recordId', 'desc')
    .limit(most)
    .execute();
  return rows.map(refusalOf);
}

/** Finds a kept refusal, or says why the scan is none. */
export async function findRefusal(db: Db, recordId: string): Promise<Refusal | OverrideObjection> {
  const row = await refusals(db).where('refusal.recordId', '=', recordId).executeTakeFirst();
  if (row !== undefined) return refusalOf(row);
  const scans = db.selectFrom('scan').select(['verdict', 'filmTicketCode']).where('recordId', '=', recordId);
  const { verdict = null, filmTicketCode = null } = (await scans.executeTakeFirst()) ?? {};
  if (verdict === null || verdict === 'ADMIT') return 'unknown';
  // That of an outdated e-ticket may not have been opened by a key.
  if (filmTicketCode === null || !isOverridable(verdict as Verdict)) return 'no-record';
  return 'not-today';
}

type Row = Awaited<ReturnType<ReturnType<typeof refusals>['execute']>>[number];

/** Rows are written only from scans and records, so their values are valid. */
const refusalOf = (row: Row) => ({
  recordId: row.recordId as RecordId,
  verdict: row.verdict as RefusalVerdict,
  gate: row.gate,
  scannedAt: row.scannedAt as WallClock,
  textHash: row.textHash,
  /** The e-ticket that it was shown as; null for the bare code. */
  eTicket: shownETicket(row),
  record: { overriddenVerdict: null, ...JSON.parse(row.record) } as CheckRecord,
  first: firstOf(row),
  /** The operator who let its guest in, if any. */
  overriddenBy: row.overriddenBy,
  /** When the gate opened for that guest; null if nobody was let in or the gate is not known to have opened. */
  openedAt: row.openedAt as WallClock | null,
  /** Whether a later admission of its ticket counts. */
  enteredSince: Boolean(row.enteredSince),
});

function firstOf({ first, enteredAt, enteredGate }: Row): FirstEntry | null {
  if (first !== null) return JSON.parse(first);
  return enteredAt === null ? null : entryAt({ scannedAt: enteredAt as WallClock, gate: enteredGate ?? '' });
}

/** Deletes up to `size` refusals whose business date has ended, so that they cannot be overridden; returns how many. */
export async function forgetRefusals(db: Db, now: WallClock, size: number): Promise<number> {
  const { from } = businessDay(businessDate(now));
  const ended = db
    .selectFrom('refusal')
    .leftJoin('scan', 'scan.recordId', 'refusal.recordId')
    .select('refusal.recordId')
    .where((eb) => eb.or([eb('scan.scannedAt', 'is', null), eb('scan.scannedAt', '<', from)]))
    .orderBy('refusal.recordId')
    .limit(size);
  const { numDeletedRows } = await db.deleteFrom('refusal').where('recordId', 'in', ended).executeTakeFirst();
  return Number(numDeletedRows);
}
