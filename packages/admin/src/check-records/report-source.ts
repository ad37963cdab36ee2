import {
  type AskedCinemas,
  type CheckRecordTables,
  type Column,
  type CountedBy,
  countDay,
  dayRows,
  type FindLateRefunds,
  type RecordWay,
  type ReportKind,
  type Row,
  wayJson,
} from '@ticket-check/check-records';
import {
  type BusinessDate,
  businessDay,
  type CinemaCode,
  type RecordId,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';

export type ReportSource = ReportKind & {
  readonly store: Store<CheckRecordTables>;
  readonly now: () => number;
  /** The cinemas that the service works for; `all` if it is bound to none. */
  readonly cinemas: () => Promise<readonly CinemaCode[] | 'all'>;
  readonly lateRefunds: FindLateRefunds;
  /** What the service knows beyond its records. */
  readonly besides?: ReportAdditions | undefined;
  /** The most records of a file; without it there is no limit. */
  readonly mostRecords?: number | undefined;
};

export type ReportAdditions = {
  readonly dayColumns: readonly Column[];
  /** Of a business date. */
  dayRows(asked: AskedTime): Promise<Row[]>;
  /** What is added to the rows of the cinemas and of all together; a cinema without records has a row for it. */
  ofCinemas?(date: BusinessDate, cinemas: AskedCinemas): Promise<AddedToCinemas>;
  readonly recordColumns: readonly Column[];
  recordRows(recordIds: readonly RecordId[]): Promise<ReadonlyMap<RecordId, Row>>;
};

type AddedToCinemas = { readonly cinemas: ReadonlyMap<CinemaCode, Row>; readonly total: Row };

type AskedTime = { readonly from: WallClock; readonly until: WallClock; readonly cinemaCode?: AskedCinemas };

type AskedReport = { readonly date: BusinessDate; readonly by: CountedBy; readonly cinemas: AskedCinemas };

export async function reportRows(
  { store, now, lateRefunds, besides, ...kind }: ReportSource,
  { date, by, cinemas }: AskedReport,
  signal?: AbortSignal,
): Promise<Row[]> {
  const lines = await countDay(store, { date, by, cinemaCode: cinemas, lateRefunds, signal });
  const added = (await besides?.dayRows({ ...businessDay(date), cinemaCode: cinemas })) ?? [];
  const ofCinemas = await besides?.ofCinemas?.(date, cinemas);
  return [...dayRows(lines, { date, by, at: wallClockAt(now()) }, kind, added, ofCinemas)];
}

export async function recordRows(source: ReportSource, records: readonly RecordWay[]): Promise<Row[]> {
  const more = await source.besides?.recordRows(records.map(({ recordId }) => recordId));
  return records.map((record) => ({ ...wayJson(record, source), ...more?.get(record.recordId) }));
}
