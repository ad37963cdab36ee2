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

/** `unpassed`: only admissions whose guest the gate sensor did not see. */
type Which = { readonly unpassed?: boolean | undefined };

function standing(db: Db, { unpassed = false }: Which) {
  const all = selectEntries(withTables(db)).select([...SHOWN_COLUMNS, 'ticketInfoCode', 'checkTime', 'gate']);
  return all.$if(unpassed, (some) =>
    some.where('recordId', 'in', db.selectFrom('unpassedAdmission').select('unpassedAdmission.recordId')),
  );
}

/** Loads the admissions of this terminal that were not undone, latest first after a place. Reading R9. */
export async function standingEntries(
  db: Db,
  asked: Which & {
    readonly cinemas: Operator['cinemaCodes'];
    readonly most: number;
    readonly after: readonly [string, string] | null;
  },
): Promise<StandingEntry[]> {
  const { cinemas, most, after } = asked;
  const rows = standing(db, asked)
    .$if(cinemas !== 'all', (some) => some.where('cinemaCode', 'in', cinemas as readonly string[]))
    .$if(after !== null, (some) => some.where(sql<boolean>`(check_time, record_id) < (${after?.[0]}, ${after?.[1]})`))
    .orderBy('checkTime', 'desc')
    .orderBy('recordId', 'desc')
    .limit(most);
  // Rows are written only from records, so their values are valid.
  return (await rows.execute()) as unknown as StandingEntry[];
}

/** Finds an admission of this terminal that was not undone. */
export async function standingEntry(db: Db, recordId: string, which: Which = {}): Promise<StandingEntry | null> {
  const row = await standing(db, which).where('recordId', '=', recordId).executeTakeFirst();
  return (row ?? null) as StandingEntry | null;
}

/** An admission as commands and the audit show it, without its code, which would admit a guest. */
export const entryJson = (entry: StandingEntry) =>
  elementsJson(entry, 'RecordId', 'CinemaCode', 'FilmTicketCode', 'StartTime', 'CheckTime', 'Gate');

/**
 * Undoes an admission whose guest did not go in, in an open transaction: queues its compensating record for the upstream, and the
 * ticket may be admitted again. If a supervisor made another admission of the ticket, that one becomes its entry, so that nobody
 * else gets in. Returns the undone admission, or null if it was already undone or is none of this terminal. Run as an operation.
 * Reading R9.
 */
export async function undoEntry(
  { db, store }: { readonly db: Db; readonly store: TerminalStore },
  recordId: string,
  by: Which & { readonly recordId: RecordId; readonly at: WallClock },
): Promise<StandingEntry | null> {
  const entry = await standingEntry(db, recordId, by);
  if (entry === null) return null;
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
