import {
  type BusinessDate,
  businessDay,
  type CheckRecord,
  createRecordsHash,
  type HourOfRecords,
  hourOf,
  type WallClockHour,
} from '@ticket-check/protocol';
import { turn } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { type RecordState, type RecordsAsked, recordPages, type StatedRecord } from '../store/record-states.ts';
import { keyOf, keyText } from '../tables/keys.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { loadUndoings, type Undoing } from '../undo/reversals.ts';

/** A record as stored, how far it has come, and where it was undone; null if it was not, or nobody asked. */
export type ComparedRecord = StatedRecord & { readonly undone: Undoing | null };

/** Records in their order, holding one page at a time. With `undone`, each with whether it was undone. */
export async function* readCompared(
  store: Store<CheckRecordTables>,
  { undone, ...asked }: RecordsAsked & { readonly undone: boolean },
): AsyncGenerator<ComparedRecord> {
  for await (const page of recordPages(store, asked)) {
    yield* undone ? await withUndoings(store, page) : page.map((stated) => ({ ...stated, undone: null }));
  }
}

export async function withUndoings(
  store: Store<CheckRecordTables>,
  page: readonly StatedRecord[],
): Promise<ComparedRecord[]> {
  const records = page.map(({ record }) => record);
  const undoings = await loadUndoings({ db: store.reports, store }, records);
  return page.map((stated) => ({ ...stated, undone: undoings.get(keyText(keyOf(stated.record))) ?? null }));
}

export type SpokenOfRecords = { readonly overrides: boolean; readonly undone: boolean };

/**
 * What each hour of a business date holds, in order; hours without records are left out. Extension `check-records`; readings R8, X7.
 * @param asked `overrides`, `undone`: whether the peer announced `overrides`, `undone-records`
 * @throws the signal's reason if it has aborted
 */
export async function summarizeDay(
  store: Store<CheckRecordTables>,
  day: Omit<RecordsAsked, 'from' | 'until'> & {
    readonly businessDate: BusinessDate;
    readonly signal?: AbortSignal | undefined;
  } & SpokenOfRecords,
): Promise<HourOfRecords[]> {
  const { businessDate, overrides, signal, ...asked } = day;
  const hours: HourOfRecords[] = [];
  let current: ReturnType<typeof beginHour> | null = null;
  for await (const { record, state, undone } of readCompared(store, { ...asked, ...businessDay(businessDate) })) {
    await turn();
    signal?.throwIfAborted();
    const hour = hourOf(record.checkTime);
    if (current?.hour !== hour) {
      if (current !== null) hours.push(current.end());
      current = beginHour(hour);
    }
    current.add(overrides ? record : withoutOverride(record), state, undone !== null);
  }
  if (current !== null) hours.push(current.end());
  return hours;
}

/** A record as seen by a peer that does not know of overrides. Reading R10. */
export function withoutOverride<R extends CheckRecord>(record: R): R {
  return record.overriddenVerdict === null ? record : { ...record, overriddenVerdict: null };
}

function beginHour(hour: WallClockHour) {
  const counted = createRecordsHash();
  let quarantined = 0;
  let undelivered = 0;
  return {
    hour,
    add(record: CheckRecord, state: RecordState, isUndone: boolean): void {
      if (state === 'QUARANTINED') {
        quarantined += 1;
        return;
      }
      counted.add(record, isUndone);
      if (state !== 'DELIVERED') undelivered += 1;
    },
    end: (): HourOfRecords => ({ hour, ...counted.end(), quarantined, undelivered }),
  };
}
