import type { Store } from '@ticket-check/storage';
import { type RecordsAsked, recordPages, type StatedRecord } from '../store/record-states.ts';
import { keyOf, keyText } from '../tables/record-key.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { loadUndoings, type Undoing } from '../undo/undoings.ts';

type Stated = Omit<StatedRecord, 'unansweredSince'>;

/** A record as stored, how far it has come, and where it was undone; null if it was not, or nobody asked. */
export type ComparedRecord = Stated & { readonly undone: Undoing | null };

/** Records in their order, holding one page at a time. With `undone`, each with whether it was undone. */
export async function* readCompared(
  store: Store<CheckRecordTables>,
  { undone, ...asked }: RecordsAsked & { readonly undone: boolean },
): AsyncGenerator<ComparedRecord> {
  for await (const page of recordPages(store, asked)) {
    yield* undone ? await withUndoings(store, page) : page.map((stated) => ({ ...stated, undone: null }));
  }
}

/** The same records, with whether each was undone. Reading R9. */
export async function withUndoings(
  store: Store<CheckRecordTables>,
  page: readonly Stated[],
): Promise<ComparedRecord[]> {
  const undoings = await loadUndoings(
    { db: store.reports, store },
    page.map(({ record }) => record),
  );
  return page.map((stated) => ({ ...stated, undone: undoings.get(keyText(keyOf(stated.record))) ?? null }));
}
