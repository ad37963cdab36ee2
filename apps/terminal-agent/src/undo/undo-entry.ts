import { insertReversals, type ReceivedReversal, reversalRowOf, selectEntries } from '@ticket-check/check-records';
import type { Operator } from '@ticket-check/operators';
import { type CheckRecord, elementsJson, type RecordId, type WallClock } from '@ticket-check/protocol';
import { withTables } from '@ticket-check/storage';
import { sql } from 'kysely';
import { SHOWN_COLUMNS } from '../check-records/known-names.ts';
import { withdrawEntry } from '../journal/scan.ts';
import type { Db, TerminalStore } from '../tables.ts';

export type StandingEntry = Pick<CheckRecord, (typeof SHOWN_COLUMNS)[number] | 'ticketInfoCode' | 'checkTime'> & {
  readonly gate: string;
};

type Which = {
  readonly cinemaCodes: Operator['cinemaCodes'];
  /** Only admissions whose guest the gate sensor did not see. */
  readonly unpassedAlone?: boolean | undefined;
};

/** Loads the admissions of this terminal that were not undone, latest first after a place, or the one with a RecordId. Reading R9. */
export async function standingEntries(
  db: Db,
  {
    cinemaCodes,
    unpassedAlone = false,
    ...which
  }: ({ readonly recordId: string } | { readonly most: number; readonly after: readonly [string, string] | null }) &
    Which,
): Promise<StandingEntry[]> {
  const all = selectEntries(withTables(db)).select([...SHOWN_COLUMNS, 'ticketInfoCode', 'checkTime', 'gate']);
  const permitted = cinemaCodes === 'all' ? all : all.where('cinemaCode', 'in', cinemaCodes);
  const standing = unpassedAlone
    ? permitted.where('recordId', 'in', db.selectFrom('unpassedAdmission').select('unpassedAdmission.recordId'))
    : permitted;
  const asked =
    'recordId' in which
      ? standing.where('recordId', '=', which.recordId)
      : standing
          .$if(which.after !== null, (earlier) =>
            earlier.where(sql<boolean>`(check_time, record_id) < (${which.after?.[0]}, ${which.after?.[1]})`),
          )
          .orderBy('checkTime', 'desc')
          .orderBy('recordId', 'desc')
          .limit(which.most);
  // Rows are written only from records, so their values are valid.
  return (await asked.execute()) as unknown as StandingEntry[];
}

/** An admission as commands and the audit show it, without its code, which would admit a guest. */
export const entryJson = (entry: StandingEntry) =>
  elementsJson(entry, 'RecordId', 'CinemaCode', 'FilmTicketCode', 'StartTime', 'CheckTime', 'Gate');

/**
 * Undoes an admission whose guest did not go in, in an open transaction: queues its compensating record for the upstream, and the
 * ticket may be admitted again. If a supervisor made another admission of the ticket, that one becomes its entry, so that nobody
 * else gets in. Returns the undone admission, or null if it was already undone or is not one of this terminal in these cinemas.
 * Run as an operation. Reading R9.
 */
export async function undoEntry(
  { db, store }: { readonly db: Db; readonly store: TerminalStore },
  recordId: string,
  { unpassedAlone = false, cinemaCodes, ...by }: { readonly recordId: RecordId; readonly at: WallClock } & Which,
): Promise<StandingEntry | null> {
  const [entry] = await standingEntries(db, { recordId, cinemaCodes, unpassedAlone });
  if (entry === undefined) return null;
  const { cinemaCode, filmTicketCode, startTime, ticketInfoCode, checkTime } = entry;
  const reversal: ReceivedReversal = {
    ...{ recordId: by.recordId, reverses: entry.recordId, reversedAt: by.at, receivedAt: by.at, account: '' },
    ...{ cinemaCode, filmTicketCode, startTime, ticketInfoCode, checkTime },
  };
  await insertReversals({ db: withTables(db), store }, [reversalRowOf(reversal)], { forward: true });
  // A recheck is pointless now, and the pass-out no longer counts.
  for (const table of ['unpassedAdmission', 'recheck', 'passOut'] as const)
    await db.deleteFrom(table).where('recordId', '=', entry.recordId).execute();
  await withdrawEntry(db, entry);
  return entry;
}
