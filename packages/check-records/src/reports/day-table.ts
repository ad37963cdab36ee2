import { type BusinessDate, businessDay, type CinemaCode, type WallClock } from '@ticket-check/protocol';
import type { MoneyLine, SoldLine } from './by-hour.ts';
import {
  COUNTS,
  completenessOf,
  inOrderOfTheDay,
  isTooIncomplete,
  type RecordCounts,
  type ReportLine,
  sumOf,
} from './report-line.ts';
import { type Column, column, columns, type InBoth, type Row } from './table.ts';

export type ReportKind = {
  /** Whether its records are forwarded: otherwise their delivery is not shown. */
  readonly sends: boolean;
  /** Who checked: an account and its gate at a platform, a gate at a terminal. */
  readonly checkedBy: 'Account' | 'Gate';
};

const KINDS = {
  LINE: { zh: '明细', en: 'line' },
  CINEMA: { zh: '影院小计', en: 'cinema' },
  SCANS: { zh: '扫码', en: 'scans' },
  TOTAL: { zh: '合计', en: 'total' },
} as const satisfies Record<string, InBoth>;

const OF_THE_UPSTREAM = [
  column('Sent', '已发出', 'Sent', [
    '上级平台已答复的入场：已送达和被拒收的',
    'accepted or refused by the platform above',
  ]),
  column('Delivered', '已送达', 'Delivered', ['上级平台已接收的入场', 'entries that the platform above has accepted']),
  column('Waiting', '待报送', 'Waiting', ['正在报送的入场', 'entries on their way']),
  column('Parked', '上级拒收', 'Parked', ['上级平台逐条拒收的入场', 'refused one by one by the platform above']),
];

const UNDONE_STANDING = column('UndoneStanding', '撤销未达上级', 'Undone, standing upstream', [
  '已撤销而上级平台仍计为入场',
  'undone here, and still counted by the platform above',
]);

const MONEY_COLUMNS = [
  column('TicketType', '售票方式', 'Ticket type', [
    '空白：不知道，此时票价多半也不知道',
    'blank: not known, and then mostly the price neither',
  ]),
  column('Price', '票价合计', 'Price', [
    '有效入场的票价合计（元）；已售而未入场的票不在内，重复和已撤销的入场按次计入',
    'of all entries, in yuan, also doubles and undone ones; without tickets that were sold and not entered',
  ]),
  column('Service', '服务费合计', 'Service fee', ['同上', 'the same']),
];

const SOLD_COLUMNS = [
  column('Sold', '售出未退', 'Sold', [
    '在该营业日开场的场次售出未退的票',
    'tickets of sessions that begin on the date, without refunded ones',
  ]),
  column('SoldPrice', '售出票价', 'Price of sold', ['售出未退的票的票价合计（元）', 'of those under Sold, in yuan']),
  column('SoldService', '售出服务费', 'Service fee of sold', ['同上', 'the same']),
];

export const COMPLETENESS_COLUMNS: readonly Column[] = [
  column('Completeness', '送达率', 'Completeness', [
    '已送达÷有效入场，截至四位小数',
    'Delivered / Entries, cut to four decimals',
  ]),
  column('Alarm', '低于98%', 'Under 98 %', ['营业日已结束而送达率低于98%', 'and the date is over']),
];

export function dayColumns(
  { sends, checkedBy }: ReportKind,
  {
    isRange = false,
    hasMoney = false,
    hasSold = false,
  }: { [what in 'isRange' | 'hasMoney' | 'hasSold']?: boolean } = {},
): Column[] {
  return [
    { ...column('Kind', '类别', 'Kind'), words: KINDS },
    column('BusinessDate', '营业日', 'Business date'),
    ...(isRange ? [column('LastBusinessDate', '至营业日', 'To business date')] : []),
    ...columns('CinemaCode', 'StartTime', 'ScreenCode', 'ScreenName', 'SessionCode', 'FilmCode', 'FilmName'),
    ...(checkedBy === 'Account' ? [column('Account', '账号（终端）', 'Account (terminal)')] : []),
    column('Gate', '检票口', 'Gate'),
    ...(hasMoney ? MONEY_COLUMNS : []),
    ...(hasMoney && hasSold ? SOLD_COLUMNS : []),
    column('Checked', '检票记录', 'Checked', ['保存的全部记录', 'all records that are kept']),
    column('Entries', '有效入场', 'Entries', ['计为入场的记录：除隔离外的全部', 'all but the quarantined records']),
    ...(sends ? OF_THE_UPSTREAM : []),
    column('Quarantined', '隔离', 'Quarantined', ['保存但不计为入场', 'kept, and no entries']),
    column('Doubles', '重复入场', 'Doubles', ['同一张票的第二次及以后的入场', 'not the first of their ticket']),
    column('LateRefunds', '已退票入场', 'Entries of refunded tickets', [
      '已退票（检票前或检票后）的入场',
      'entries whose ticket was refunded, before or afterwards',
    ]),
    column('Incomplete', '信息不全', 'Incomplete', ['售票方式未知的入场', 'entries without a ticket type']),
    column('Undone', '已撤销', 'Undone', [
      '观众实际没有入场，已撤销；仍计入有效入场',
      'the guest did not go in; counted under Entries all the same',
    ]),
    ...(sends ? [UNDONE_STANDING] : []),
    column('Overridden', '人工放行', 'Let in by a supervisor', ['被拒绝后由值班经理放行', 'after a refusal']),
    column('Offline', '离线放行', 'Admitted offline', [
      '按离线策略放行；空白表示未知',
      'by the offline policy; blank: not known',
    ]),
    column('OfflineTold', '已告知是否离线', 'Told whether offline', ['已知是否离线放行的入场', 'known to be either']),
    column('OfflineShare', '离线占比', 'Offline share', ['离线放行÷已告知', 'Admitted offline / Told whether offline']),
    ...(sends ? COMPLETENESS_COLUMNS : []),
  ];
}

type RowDates = { readonly BusinessDate: BusinessDate; readonly LastBusinessDate?: BusinessDate };

/** The money of what is shown, where it is asked for: of entries, and of sold tickets where these are known. */
type ShownMoney<Line> = {
  readonly money?: Iterable<Line> | undefined;
  readonly sold?: Iterable<Line> | undefined;
};

/** The rows of lines. @param shown the money of these lines */
export function* lineRows(
  lines: Iterable<ReportLine>,
  dates: RowDates,
  kind: ReportKind,
  shown: ShownMoney<MoneyLine> = {},
): Generator<Row> {
  const moneyOf = moneyBy(sessionOf, shown);
  const named = inJson(KEY.filter((name) => name !== 'account' || kind.checkedBy === 'Account'));
  for (const line of lines)
    yield { Kind: 'LINE', ...dates, ...named(line), ...countsJson(line, kind), ...moneyOf(sessionOf(line)) };
}

/** The lines of sessions, and one without records for each that tickets were only sold for. */
export function withSold(lines: readonly ReportLine[], sold: readonly SoldLine[]): ReportLine[] {
  const all = new Map(lines.map((line) => [sessionOf(line), line]));
  for (const { ticketType, entries, price, service, ...session } of sold) {
    const key = sessionOf(session);
    if (entries > 0 && !all.has(key)) all.set(key, { ...session, ...sumOf([]), account: '', gate: '' });
  }
  return [...all.values()].sort((a, b) =>
    a.cinemaCode === b.cinemaCode ? inOrderOfTheDay(a, b) : a.cinemaCode < b.cinemaCode ? -1 : 1,
  );
}

type MoneyOfType = Pick<MoneyLine, 'cinemaCode' | 'ticketType' | 'entries' | 'price' | 'service'>;

export class DaySums {
  readonly cinemas = new Map<CinemaCode, RecordCounts>();
  /** By cinema and ticket type. */
  readonly money = new Map<string, MoneyOfType>();
  /** The same of sold tickets; null where these are not known. */
  sold: Map<string, MoneyOfType> | null = null;

  add(line: ReportLine): void {
    const before = this.cinemas.get(line.cinemaCode);
    this.cinemas.set(line.cinemaCode, sumOf(before === undefined ? [line] : [before, line]));
  }

  addMoney({ cinemaCode, ticketType, ...line }: MoneyLine, sums = this.money): void {
    const key = typeOf({ cinemaCode, ticketType });
    const { entries, price, service } = sums.get(key) ?? { entries: 0, price: 0, service: 0 };
    const sum = { entries: entries + line.entries, price: price + line.price, service: service + line.service };
    sums.set(key, { cinemaCode, ticketType, ...sum });
  }

  addSold(line: SoldLine): void {
    this.sold ??= new Map();
    this.addMoney(line, this.sold);
  }
}

export function* typeRows({ money, sold }: DaySums, dates: RowDates): Generator<Row> {
  const moneyOf = moneyBy(typeOf, { money: money.values(), sold: sold?.values() });
  const all = new Map([...(sold ?? []), ...money]);
  for (const [key, { cinemaCode: CinemaCode, ticketType: TicketType }] of [...all].sort(([a], [b]) => (a < b ? -1 : 1)))
    yield { Kind: 'LINE', ...dates, CinemaCode, TicketType, Entries: money.get(key)?.entries ?? 0, ...moneyOf(key) };
}

/** The rows after the lines of a report of `date` to `last`: each cinema, what is added, and a total. */
export function* sumRows(
  sums: DaySums,
  asked: {
    readonly date: BusinessDate;
    readonly last: BusinessDate;
    readonly at: WallClock;
    readonly hasMoney: boolean;
  },
  kind: ReportKind,
  added: readonly Row[] = [],
  ofCinemas: { readonly cinemas: ReadonlyMap<CinemaCode, Row>; readonly total: Row } = NOTHING_ADDED,
): Generator<Row> {
  const { date, last, at, hasMoney } = asked;
  const { until } = businessDay(last);
  // Before its end, what has been admitted a moment ago is on its way.
  const isOver = at >= until;
  const standing = (counts: RecordCounts) => ({
    ...countsJson(counts, kind),
    ...(kind.sends && { Completeness: completenessOf(counts), Alarm: isOver && isTooIncomplete(counts) }),
  });
  const dates = datesJson(date, last);
  const [money, sold] = [hasMoney ? [...sums.money.values()] : undefined, sums.sold && [...sums.sold.values()]];
  const shown = { money, sold: sold ?? undefined };
  const moneyOf = moneyBy(({ cinemaCode }) => cinemaCode, shown);
  const known = new Set([...sums.cinemas.keys(), ...(sold ?? []).map(({ cinemaCode }) => cinemaCode)]);
  for (const cinemaCode of new Set([...[...known].sort(), ...ofCinemas.cinemas.keys()])) {
    const counts = standing(sums.cinemas.get(cinemaCode) ?? sumOf([]));
    const more = { ...moneyOf(cinemaCode), ...ofCinemas.cinemas.get(cinemaCode) };
    yield { Kind: 'CINEMA', ...dates, CinemaCode: cinemaCode, ...counts, ...more };
  }
  for (const row of added) yield { Kind: 'SCANS', ...dates, ...row };
  yield {
    Kind: 'TOTAL',
    ...dates,
    From: businessDay(date).from,
    Until: until,
    MadeAt: at,
    ...standing(sumOf([...sums.cinemas.values()])),
    ...moneyBy(() => '', shown)(''),
    ...ofCinemas.total,
  };
}

const NOTHING_ADDED = { cinemas: new Map<CinemaCode, Row>(), total: {} };

export const datesJson = (date: BusinessDate, last: BusinessDate): RowDates => ({
  BusinessDate: date,
  ...(last !== date && { LastBusinessDate: last }),
});

const sessionOf = (line: Pick<MoneyLine, 'cinemaCode' | 'screenCode' | 'sessionCode' | 'startTime' | 'filmCode'>) =>
  [line.cinemaCode, line.screenCode, line.sessionCode, line.startTime, line.filmCode].join('\n');

const typeOf = ({ cinemaCode, ticketType }: Pick<MoneyOfType, 'cinemaCode' | 'ticketType'>) =>
  `${cinemaCode} ${ticketType}`;

/** The money of each part, in yuan; only of what is shown. */
function moneyBy<Line extends MoneyOfType>(partOf: (line: Line) => string, { money, sold }: ShownMoney<Line>) {
  const [entered, bought] = [money, sold].map((lines) => lines && Map.groupBy(lines, partOf));
  const sum = (lines: readonly Line[] = [], of: 'entries' | 'price' | 'service') =>
    lines.reduce((all, line) => all + line[of], 0);
  return (part: string): Row => {
    const [its, ofSold] = [entered?.get(part), bought?.get(part)];
    return {
      ...(entered && { Price: sum(its, 'price') / 100, Service: sum(its, 'service') / 100 }),
      ...(bought && {
        Sold: sum(ofSold, 'entries'),
        SoldPrice: sum(ofSold, 'price') / 100,
        SoldService: sum(ofSold, 'service') / 100,
      }),
    };
  };
}

const KEY = [
  ...(['cinemaCode', 'startTime', 'screenCode', 'screenName', 'sessionCode', 'filmCode', 'filmName'] as const),
  ...(['account', 'gate'] as const),
] as const;

/** Makes a writer of these properties under their names in JSON: once, as there may be a million lines. */
function inJson<Name extends string>(names: readonly Name[]): (values: Readonly<Record<Name, unknown>>) => Row {
  const elements = names.map((name) => [name.charAt(0).toUpperCase() + name.slice(1), name] as const);
  return (values) => {
    const row: Record<string, unknown> = {};
    for (const [element, name] of elements) row[element] = values[name];
    return row;
  };
}

/** What only a service has that forwards records. */
const OF_SENDING: ReadonlySet<string> = new Set(['delivered', 'waiting', 'parked', 'undoneStanding']);
const allCounts = inJson(COUNTS);
const countsOfReceiver = inJson(COUNTS.filter((name) => !OF_SENDING.has(name)));

function countsJson(counts: RecordCounts, { sends }: ReportKind): Row {
  const { delivered, parked, offline, offlineTold } = counts;
  return {
    ...(sends ? allCounts : countsOfReceiver)(counts),
    ...(sends && { Sent: delivered + parked }),
    // Without reports there is no number: it could be none or all.
    Offline: offlineTold === 0 ? null : offline,
    OfflineShare: offlineShare(offline, offlineTold),
  };
}

/** Offline admissions as a share of those known to be either, to four decimals; null if none is known. */
export function offlineShare(offline: number, told: number): number | null {
  return told === 0 ? null : Math.round((offline * 10_000) / told) / 10_000;
}
