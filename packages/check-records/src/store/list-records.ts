import type { CinemaCode, WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Entries } from '../entries/entries.ts';
import { type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import { isOnPage, keyOf, keyText } from '../tables/record-key.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { loadUndoings, type Undoing } from '../undo/undoings.ts';

/** A check record as stored. */
export type ListedRecord = ReceivedRecord & {
  /** Whether it is the first entry of its ticket (reading R7). */
  readonly first: boolean;
  /** Present if it was undone: then it is no entry. Reading R9. */
  readonly undone: Undoing | null;
};

/** Which records: those of a cinema, and those checked at a time or later. */
export type RecordFilter = { readonly cinemaCode?: CinemaCode | undefined; readonly since?: WallClock | undefined };

type RecordCounts = { readonly records: number; readonly entries: number; readonly quarantined: number };

export type RecordList = {
  /** Every record, quarantined ones included, oldest check first, holding one page at a time. */
  list(filter: RecordFilter): AsyncGenerator<ListedRecord>;
  /** Counts records: all, those that count as entries, and quarantined ones. */
  count(filter: RecordFilter): Promise<RecordCounts>;
};

const ROWS_A_PAGE = 1000;

export function createRecordList(
  store: Store<CheckRecordTables>,
  { entriesOf }: Pick<Entries, 'entriesOf'>,
): RecordList {
  return {
    async *list(filter) {
      let after: ReceivedRecord | undefined;
      for (;;) {
        const page = await loadPage(store, filter, after);
        const entries = await entriesOf(page);
        const undone = await loadUndoings({ db: store.db, store }, page);
        for (const [index, record] of page.entries()) {
          const entry = entries[index] ?? null;
          const key = keyText(keyOf(record));
          yield { ...record, first: entry !== null && keyText(entry) === key, undone: undone.get(key) ?? null };
        }
        after = page.at(-1);
        if (page.length < ROWS_A_PAGE) return;
      }
    },

    async count({ cinemaCode, since }) {
      const { records, quarantined } = await store.db
        .selectFrom('checkRecord')
        .select((eb) => [eb.fn.countAll<number>().as('records'), eb.fn.count<number>('quarantine').as('quarantined')])
        .$if(cinemaCode !== undefined, (query) => query.where('cinemaCode', '=', cinemaCode ?? ''))
        .$if(since !== undefined, (query) => query.where('checkTime', '>=', since ?? ''))
        .executeTakeFirstOrThrow();
      return { records, entries: records - quarantined, quarantined };
    },
  };
}

async function loadPage(
  { db }: Store<CheckRecordTables>,
  { cinemaCode, since }: RecordFilter,
  after: ReceivedRecord | undefined,
): Promise<ReceivedRecord[]> {
  let query = db
    .selectFrom('checkRecord')
    .selectAll()
    .orderBy('checkTime')
    .orderBy('recordId')
    .orderBy('identity')
    .limit(ROWS_A_PAGE);
  if (cinemaCode !== undefined) query = query.where('cinemaCode', '=', cinemaCode);
  const place = after === undefined ? undefined : { checkTime: after.checkTime, ...keyOf(after) };
  query = query.where(isOnPage('checkRecord', { from: since, after: place }));
  return (await query.execute()).map(recordOf);
}
