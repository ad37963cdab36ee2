import {
  type BusinessDate,
  businessDay,
  createRecordsHash,
  type HourOfRecords,
  hourOf,
  type WallClockHour,
} from '@ticket-check/protocol';
import { turn } from '@ticket-check/runtime';
import { type RecordsAsked, recordPages, type StatedRecord } from '../store/record-states.ts';
import type { OwnStore } from '../tables/tables.ts';
import { loadUndoings, type Undoing } from '../undo/reversals.ts';

/** A record as stored, how far it has come, and where it was undone; null if it was not, or nobody asked. */
export type ComparedRecord = StatedRecord & { readonly undone: Undoing | null };

/** Records in their order as a peer sees them that knows of overrides (reading R10) and undone entries (R9) or not; holds one page at a time. */
export async function* readCompared(
  store: OwnStore,
  { overrides, undone, ...asked }: RecordsAsked & SpokenOfRecords,
): AsyncGenerator<ComparedRecord> {
  for await (const page of recordPages(store, asked)) {
    const compared = undone ? await withUndoings(store, page) : page.map((stated) => ({ ...stated, undone: null }));
    for (const each of compared)
      yield overrides ? each : { ...each, record: { ...each.record, overriddenVerdict: null } };
  }
}

export async function withUndoings(store: OwnStore, page: readonly StatedRecord[]): Promise<ComparedRecord[]> {
  const records = page.map(({ record }) => record);
  const undoings = await loadUndoings({ db: store.reports, store }, records);
  return page.map((stated, index) => ({ ...stated, undone: undoings[index] ?? null }));
}

export type SpokenOfRecords = { readonly overrides: boolean; readonly undone: boolean };

/**
 * What each hour of a business date holds, in order; hours without records are left out. Extension `check-records`; readings R8, X7.
 * @param asked `overrides`, `undone`: whether the peer announced `overrides`, `undone-records`
 * @throws the signal's reason if it has aborted
 */
export async function summarizeDay(
  store: OwnStore,
  day: Omit<RecordsAsked, 'from' | 'until'> & {
    readonly businessDate: BusinessDate;
    readonly signal?: AbortSignal | undefined;
  } & SpokenOfRecords,
): Promise<HourOfRecords[]> {
  const { businessDate, signal, ...asked } = day;
  const hours = new Map<WallClockHour, HourCounts>();
  for await (const { record, state, undone } of readCompared(store, { ...asked, ...businessDay(businessDate) })) {
    await turn();
    signal?.throwIfAborted();
    const hour = hourOf(record.checkTime);
    const counts = hours.get(hour) ?? { counted: createRecordsHash(), quarantined: 0, undelivered: 0 };
    hours.set(hour, counts);
    if (state === 'QUARANTINED') counts.quarantined += 1;
    else counts.counted.add(record, undone !== null);
    if (state === 'WAITING' || state === 'PARKED') counts.undelivered += 1;
  }
  return [...hours].map(([hour, { counted, ...others }]) => ({ hour, ...counted.end(), ...others }));
}

type HourCounts = { readonly counted: ReturnType<typeof createRecordsHash>; quarantined: number; undelivered: number };
