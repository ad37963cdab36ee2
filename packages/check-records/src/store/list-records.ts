import type { CinemaCode, WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { readFirstEntries } from '../entries/entry-records.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { keyOf, keyText } from '../tables/record-key.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { ticketText } from '../tables/ticket-key.ts';
import { loadUndoings, type Undoing } from '../undo/undoings.ts';
import { recordPages } from './record-states.ts';

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

/** Before and after every CheckTime. */
const EVER = { from: '0000-01-01T00:00:00' as WallClock, until: '9999-12-31T23:59:59' as WallClock };

/** Records with whether each is the first entry of its ticket, and was undone; read by the connection of reports. */
export async function asListed(
  store: Store<CheckRecordTables>,
  records: readonly ReceivedRecord[],
): Promise<ListedRecord[]> {
  const database = { db: store.reports, store };
  const tickets = [...new Map(records.map((record) => [ticketText(record), record])).values()];
  const first = new Map(
    (await readFirstEntries(database, tickets)).map((entry) => [ticketText(entry), keyText(entry)]),
  );
  const undone = await loadUndoings(database, records);
  return records.map((record) => {
    const key = keyText(keyOf(record));
    return { ...record, first: first.get(ticketText(record)) === key, undone: undone.get(key) ?? null };
  });
}

export function createRecordList(store: Store<CheckRecordTables>): RecordList {
  return {
    async *list({ cinemaCode, since }) {
      for await (const page of recordPages(store, { ...EVER, ...(since && { from: since }), cinemaCode }))
        yield* await asListed(
          store,
          page.map(({ record }) => record),
        );
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
