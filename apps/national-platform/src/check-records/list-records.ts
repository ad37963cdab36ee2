import { createRecordStore } from '@ticket-check/check-records';
import type { CinemaCode, FilmTicketCode, RecordId, WallClock } from '@ticket-check/protocol';
import type { NationalStore } from '../database.ts';

/** One check record in short. */
export type ListedRecord = {
  readonly recordId: RecordId;
  readonly cinemaCode: CinemaCode;
  readonly filmTicketCode: FilmTicketCode;
  readonly startTime: WallClock;
  readonly checkTime: WallClock;
  /** null, or why the record is kept aside. */
  readonly quarantine: string | null;
  /** Whether it is the first entry of its ticket (reading R7). */
  readonly first: boolean;
};

/** Which records to list: those of a cinema, and those checked at a time or later. */
export type RecordFilter = { readonly cinemaCode?: CinemaCode | undefined; readonly since?: WallClock | undefined };

const ROWS_A_PAGE = 1000;

/** Every record that was received, quarantined ones included, oldest check first, holding one page at a time. */
export async function* listRecords(store: NationalStore, filter: RecordFilter): AsyncGenerator<ListedRecord> {
  const recordStore = createRecordStore(store);
  let after: Pick<ListedRecord, 'checkTime' | 'recordId'> | undefined;
  for (;;) {
    const page = await loadPage(store, filter, after);
    const entries = await recordStore.entriesOf(page);
    for (const [index, record] of page.entries()) {
      yield { ...record, first: entries[index]?.recordId === record.recordId };
    }
    after = page.at(-1);
    if (page.length < ROWS_A_PAGE) return;
  }
}

async function loadPage(
  { db }: NationalStore,
  { cinemaCode, since }: RecordFilter,
  after: Pick<ListedRecord, 'checkTime' | 'recordId'> | undefined,
): Promise<Omit<ListedRecord, 'first'>[]> {
  let query = db
    .selectFrom('checkRecord')
    .select(['recordId', 'cinemaCode', 'filmTicketCode', 'startTime', 'checkTime', 'quarantine'])
    .orderBy('checkTime')
    .orderBy('recordId')
    .limit(ROWS_A_PAGE);
  if (cinemaCode !== undefined) query = query.where('cinemaCode', '=', cinemaCode);
  if (since !== undefined) query = query.where('checkTime', '>=', since);
  if (after !== undefined) {
    query = query.where((eb) =>
      eb(eb.refTuple('checkTime', 'recordId'), '>', eb.tuple(after.checkTime as string, after.recordId as string)),
    );
  }
  // Rows are written from parsed records only, so their texts are known to be in form.
  return (await query.execute()) as Omit<ListedRecord, 'first'>[];
}

/** How many records there are: all, those that count as entries, and those kept aside. */
export async function countRecords(
  { db }: NationalStore,
  { cinemaCode, since }: RecordFilter,
): Promise<{ records: number; entries: number; quarantined: number }> {
  let query = db
    .selectFrom('checkRecord')
    .select((eb) => [eb.fn.countAll<number>().as('records'), eb.fn.count<number>('quarantine').as('quarantined')]);
  if (cinemaCode !== undefined) query = query.where('cinemaCode', '=', cinemaCode);
  if (since !== undefined) query = query.where('checkTime', '>=', since);
  const { records, quarantined } = await query.executeTakeFirstOrThrow();
  return { records, entries: records - quarantined, quarantined };
}
