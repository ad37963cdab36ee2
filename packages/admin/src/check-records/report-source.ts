import {
  type AskedCinemas,
  type CheckRecordTables,
  type Column,
  countDay,
  countMoney,
  type DatedLine,
  DIMENSIONS,
  dayRows,
  type FindLateRefunds,
  type MoneyLine,
  type RecordWay,
  type ReportKind,
  type Row,
  sumOf,
  wayJson,
} from '@ticket-check/check-records';
import {
  type BusinessDate,
  businessDate,
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

/** What lines are counted by: `session` is each session, film and gate, `session-total` each session. */
export const REPORT_BY = ['session', 'cinema', ...DIMENSIONS, 'session-total', 'type', 'day'] as const;
export type ReportBy = (typeof REPORT_BY)[number];

/** Whether the money of entries is counted too. */
export const hasMoney = (by: ReportBy): boolean => by === 'session-total' || by === 'type';

type AskedReport = {
  /** One after another, the first date first. */
  readonly dates: readonly BusinessDate[];
  readonly by: ReportBy;
  readonly cinemas: AskedCinemas;
};

export async function reportRows(
  { store, now, lateRefunds, besides, ...kind }: ReportSource,
  { dates, by, cinemas }: AskedReport,
  signal?: AbortSignal,
): Promise<Row[]> {
  const counted = by === 'session-total' ? 'session' : by === 'type' || by === 'day' ? 'cinema' : by;
  const money: MoneyLine[] | undefined = hasMoney(by) ? [] : undefined;
  const lines: DatedLine[] = [];
  const today = businessDate(wallClockAt(now()));
  for (const date of dates) {
    // A month may go on.
    if (date !== dates[0] && date > today) break;
    const ofDate = await countDay(store, { date, by: counted, cinemaCode: cinemas, lateRefunds, signal });
    // A date of all cinemas has more lines than a call may have arguments.
    for (const line of by === 'session-total' ? merged(ofDate, by) : ofDate) lines.push({ ...line, date });
    if (money !== undefined) for (const line of await countMoney(store, { date, cinemas, signal })) money.push(line);
  }
  const [date, last] = [dates.at(0), dates.at(-1)] as [BusinessDate, BusinessDate];
  const { from, until } = { ...businessDay(date), until: businessDay(last).until };
  const added = (await besides?.dayRows({ from, until, cinemaCode: cinemas })) ?? [];
  // What platforms reported is compared date by date.
  const ofCinemas = date === last ? await besides?.ofCinemas?.(date, cinemas) : undefined;
  const isDated = by === 'day' || by === 'session' || by === 'session-total';
  const together = isDated || date === last ? lines : merged(lines, by).map((line) => ({ ...line, date: undefined }));
  const ordered = together.toSorted((a, b) => (a.cinemaCode < b.cinemaCode ? -1 : a.cinemaCode > b.cinemaCode ? 1 : 0));
  const shown = by === 'cinema' ? 'none' : by === 'type' ? 'ticket types' : 'counted';
  return [...dayRows(ordered, { date, last, at: wallClockAt(now()), lines: shown, money }, kind, added, ofCinemas)];
}

/** Adds up the lines of the same; of a whole session those of its gates. */
function merged<Line extends DatedLine>(lines: readonly Line[], by: ReportBy): Line[] {
  const ofGate = by !== 'session-total';
  const keyOf = (line: Line) =>
    [
      ...[line.cinemaCode, line.startTime, line.screenCode, line.sessionCode, line.filmCode],
      ...(ofGate ? [line.account, line.gate] : []),
    ].join('\n');
  return [...Map.groupBy(lines, keyOf).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const screenName = same.find((line) => line.screenName !== '')?.screenName ?? '';
    const filmName = same.find((line) => line.filmName !== '')?.filmName ?? '';
    return { ...first, ...(!ofGate && { account: '', gate: '' }), screenName, filmName, ...sumOf(same) };
  });
}

export async function recordRows(source: ReportSource, records: readonly RecordWay[]): Promise<Row[]> {
  const more = await source.besides?.recordRows(records.map(({ recordId }) => recordId));
  return records.map((record) => ({ ...wayJson(record, source), ...more?.get(record.recordId) }));
}
