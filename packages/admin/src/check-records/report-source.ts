import {
  type AskedCinemas,
  type CheckRecordTables,
  type Column,
  countDay,
  countMoney,
  DaySums,
  DIMENSIONS,
  datesJson,
  type LateRefunds,
  lineRows,
  type MoneyLine,
  type RecordWay,
  type ReportKind,
  type ReportLine,
  type Row,
  type SoldLine,
  sumRows,
  together,
  typeRows,
  wayJson,
  withSold,
} from '@ticket-check/check-records';
import {
  type BusinessDate,
  businessDate,
  businessDay,
  type CheckRecord,
  type CinemaCode,
  type RecordId,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { inTurns } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { cinemasOf, datesAsked } from '../declared/list.ts';
import { DataRefused } from '../sent-texts.ts';

export type ReportSource = ReportKind & {
  readonly store: Store<CheckRecordTables>;
  readonly now: () => number;
  /** The cinemas that the service works for; `all` if it is bound to none. */
  readonly cinemas: () => Promise<readonly CinemaCode[] | 'all'>;
  readonly lateRefunds: LateRefunds;
  readonly besides?: ReportAdditions | undefined;
  /** The most records of a file; without it there is no limit. */
  readonly mostRecords?: number | undefined;
};

const FEW_CINEMAS = 10;

/** Whether the cinemas that are asked for, or all that there are, are few. */
export async function areFew(
  { cinemas }: Pick<ReportSource, 'cinemas'>,
  asked: Parameters<typeof cinemasOf>[0],
  most = FEW_CINEMAS,
): Promise<boolean> {
  const wanted = cinemasOf(asked);
  const codes = wanted === 'all' ? await cinemas() : wanted;
  return codes !== 'all' && [codes].flat().length <= Math.min(most, FEW_CINEMAS);
}

/** The business dates to compare: several only of few cinemas, as each is counted. @throws DataRefused */
export async function datesToCompare(
  source: Pick<ReportSource, 'cinemas' | 'now'>,
  asked: Parameters<typeof cinemasOf>[0] & { readonly filters: Parameters<typeof datesAsked>[0] },
): Promise<BusinessDate[]> {
  const dates = datesAsked(asked.filters, source.now);
  if (dates.length > 1 && !(await areFew(source, asked)))
    throw new DataRefused('choose-cinema', 'Several dates are compared of at most ten cinemas.');
  return dates;
}

/** What a service knows of a business date and cinemas. */
type OfDate<Answer> = (asked: {
  readonly date: BusinessDate;
  readonly cinemas: AskedCinemas;
  readonly signal?: AbortSignal | undefined;
}) => Promise<Answer>;

export type ReportAdditions = {
  readonly dayColumns: readonly Column[];
  dayRows(asked: {
    readonly from: WallClock;
    readonly until: WallClock;
    readonly cinemaCode?: AskedCinemas;
  }): Promise<Row[]>;
  /** What is added to the rows of the cinemas and of all together; a cinema without records has a row for it. */
  ofCinemas?(
    date: BusinessDate,
    cinemas: AskedCinemas,
  ): Promise<{ readonly cinemas: ReadonlyMap<CinemaCode, Row>; readonly total: Row }>;
  /** The tickets sold for the sessions of a business date, where the money of entries is counted too. */
  readonly countSold?: OfDate<SoldLine[]>;
  readonly recordColumns: readonly Column[];
  recordRows(records: readonly CheckRecord[]): Promise<ReadonlyMap<RecordId, Row>>;
};

/** What lines are counted by: `session` is each session, film and gate, `session-total` each session. */
export const REPORT_BY = ['session', 'cinema', ...DIMENSIONS, 'session-total', 'type', 'day'] as const;
export type ReportBy = (typeof REPORT_BY)[number];

export const hasMoney = (by: ReportBy): boolean => by === 'session-total' || by === 'type';

type AskedReport = {
  /** One after another, the first date first. */
  readonly dates: readonly BusinessDate[];
  readonly by: ReportBy;
  readonly cinemas: AskedCinemas;
  readonly most?: number | undefined;
};

/**
 * The rows of a report, made as they are taken: of the lines of several dates those of one date are held, or their sum.
 * @throws DataRefused once there are more rows than asked for
 */
export async function* reportRows(
  { store, now, lateRefunds, besides, ...kind }: ReportSource,
  { dates, by, cinemas, most = Number.POSITIVE_INFINITY }: AskedReport,
  signal?: AbortSignal,
): AsyncGenerator<Row> {
  const counted = by === 'session-total' ? 'session' : by === 'type' || by === 'day' ? 'cinema' : by;
  const isDated = by === 'day' || by === 'session' || by === 'session-total';
  const sums = new DaySums();
  const lines = new Map<string, ReportLine>();
  let made = 0;
  function assertFew(more: number): void {
    if (made + more <= most) return;
    const message = `There are more than ${most} lines: ask for one cinema, for by=cinema, or for /report.csv or /report.xlsx.`;
    throw new DataRefused('too-many-lines', message);
  }

  const today = businessDate(wallClockAt(now()));
  for (const date of dates) {
    // A month may go on.
    if (date !== dates[0] && date > today) break;
    const ofDay = { date, by: counted, cinemaCode: cinemas, lateRefunds: lateRefunds.find, signal };
    const ofDate = await countDay(store, ofDay);
    const money = hasMoney(by) ? await countMoney(store, { date, cinemas, signal }) : undefined;
    const sold = hasMoney(by) ? await besides?.countSold?.({ date, cinemas, signal }) : undefined;
    await inTurns(addUp({ sums, lines }, by, ofDate, money, sold));
    const ofLines = !isDated || by === 'session-total' ? [...lines.values()] : ofDate;
    const shown = sold && by === 'session-total' ? withSold(ofLines, sold) : ofLines;
    assertFew((by === 'type' ? sums.money.size : shown.length) + sums.cinemas.size);
    if (!isDated) continue;
    made += shown.length;
    yield* lineRows(shown, datesJson(date, date), kind, { money, sold });
    lines.clear();
  }
  const [date, last] = [dates.at(0), dates.at(-1)] as [BusinessDate, BusinessDate];
  if (by === 'type') yield* typeRows(sums, datesJson(date, last));
  const ordered = [...lines.values()].sort((a, b) =>
    a.cinemaCode < b.cinemaCode ? -1 : a.cinemaCode > b.cinemaCode ? 1 : 0,
  );
  yield* lineRows(ordered, datesJson(date, last), kind);
  const { from, until } = { ...businessDay(date), until: businessDay(last).until };
  const added = await besides?.dayRows({ from, until, cinemaCode: cinemas });
  // What platforms reported is compared date by date.
  const ofCinemas = date === last ? await besides?.ofCinemas?.(date, cinemas) : undefined;
  assertFew(lines.size + (ofCinemas?.cinemas.size ?? 0));
  const asked = { date, last, at: wallClockAt(now()), hasMoney: hasMoney(by) };
  yield* sumRows(sums, asked, kind, added, ofCinemas);
}

/** Adds the lines of a business date to the sums, and to the lines that are shown together: a session's of all gates, or those of all dates. */
function* addUp(
  { sums, lines }: { sums: DaySums; lines: Map<string, ReportLine> },
  by: ReportBy,
  ofDate: readonly ReportLine[],
  money: readonly MoneyLine[] = [],
  sold: readonly SoldLine[] = [],
) {
  const isAddedUp = by === 'session-total' || (DIMENSIONS as readonly string[]).includes(by);
  for (const line of ofDate) {
    sums.add(line);
    if (isAddedUp) {
      const shown = by === 'session-total' ? { ...line, account: '', gate: '' } : line;
      const { cinemaCode, startTime, screenCode, sessionCode, filmCode, account, gate } = shown;
      const key = [cinemaCode, startTime, screenCode, sessionCode, filmCode, account, gate].join('\n');
      lines.set(key, together(lines.get(key), shown));
    }
    yield;
  }
  for (const line of money) yield sums.addMoney(line);
  for (const line of sold) yield sums.addSold(line);
}

export async function recordRows(source: ReportSource, records: readonly RecordWay[]): Promise<Row[]> {
  const more = await source.besides?.recordRows(records);
  return records.map((record) => ({ ...wayJson(record, source), ...more?.get(record.recordId) }));
}
