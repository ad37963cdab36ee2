import type { ReportBesides, ReportRow } from '@ticket-check/admin/rows';
import type { ReactNode } from 'react';
import { inEachLanguage, named, useBegun, useLanguage, useWords } from '../begin/begun.ts';
import { Downloads } from '../list/downloads.tsx';
import { FilterBar } from '../list/filter-bar.tsx';
import { RowsTable } from '../list/list-table.tsx';
import { useFilters, withQuery } from '../list/use-filters.ts';
import { verdictWords } from '../look/code-words.tsx';
import { Account, Cinema, Linked } from '../look/names.tsx';
import { ScreenButton } from '../look/screen-link.tsx';
import { businessDateAt, dayAfter, shownCount, shownMoney, shownShare, shownText, shownTime } from '../look/shown.ts';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { Answered, Nothing } from '../states/states.tsx';
import { RECORD_WORDS } from './record-words.ts';

type Report = ReportBesides & { readonly Lines: readonly ReportRow[] };
type ColumnName = keyof ReportRow;

const TEXTS: readonly ColumnName[] = [
  'CinemaCode',
  'StartTime',
  'ScreenName',
  'FilmName',
  'Account',
  'Gate',
  'Verdict',
  'TicketType',
];
const KEYS: readonly ColumnName[] = ['BusinessDate', ...TEXTS, 'ScreenCode', 'SessionCode', 'FilmCode'];
const DATES: readonly ColumnName[] = ['BusinessDate', 'LastBusinessDate'];
const MONEY: readonly ColumnName[] = ['Price', 'Service', 'SoldPrice', 'SoldService'];
const NUMBERS: readonly ColumnName[] = [
  'Scans',
  'Checked',
  'Entries',
  'Price',
  'Service',
  'Sold',
  'SoldPrice',
  'SoldService',
  'Admitted',
  'Sent',
  'Delivered',
  'Waiting',
  'Parked',
  'Quarantined',
  'Doubles',
  'LateRefunds',
  'Incomplete',
  'Overridden',
  'Offline',
  'Completeness',
];
/** Shown also where they are 0 everywhere; a total shows all. */
const ALWAYS: readonly ColumnName[] = ['Checked', 'Entries', ...MONEY, 'Sold', 'Scans', 'Completeness'];
/** Offered beside this month. */
const MONTHS_BEFORE = 12;

const WORDS = inEachLanguage({
  title: ['检票日报', 'Report of a day'],
  about: [
    '按营业日统计；也可统计最多 31 天或一个自然月。票价和服务费是有效入场（含已撤销的）的合计；已售而未入场的票，检票记录中没有，请查售票系统。',
    'A business date, up to 31 of them, or a month. Price and service fee are those of the entries, undone ones included: check records do not have other tickets, the ticketing system has.',
  ],
  aboutSold: [
    '按营业日统计；也可统计最多 31 天或一个自然月。按场次或售票方式统计时，有效入场（含已撤销的）的金额旁边列出售出未退的票，后者按场次开场的营业日统计。',
    'A business date, up to 31 of them, or a month. By session or ticket type, sold tickets without refunded ones are shown beside entries, undone ones included; a ticket is of the date on which its session begins.',
  ],
  date: ['营业日', 'Business date'],
  month: ['月份', 'Month'],
  noMonth: ['不按月', 'none'],
  by: ['按', 'By'],
  dimensions: {
    cinema: ['影院', 'cinema'],
    'session-total': ['场次', 'session'],
    session: ['场次和检票口', 'session and gate'],
    day: ['营业日', 'business date'],
    type: ['售票方式', 'ticket type'],
    screen: ['影厅', 'screen'],
    film: ['影片', 'film'],
  },
  columns: {
    BusinessDate: ['营业日', 'Business date'],
    CinemaCode: ['影院', 'Cinema'],
    StartTime: ['放映时间', 'Start'],
    ScreenName: ['影厅', 'Screen'],
    FilmName: ['影片', 'Film'],
    Verdict: ['判定', 'Verdict'],
    TicketType: ['售票方式', 'Ticket type'],
    LastBusinessDate: ['至营业日', 'To'],
    Price: ['票价合计', 'Price'],
    Service: ['服务费合计', 'Service fee'],
    Sold: ['售出未退', 'Sold'],
    SoldPrice: ['售出票价', 'Price of sold'],
    SoldService: ['售出服务费', 'Service fee of sold'],
    Scans: ['扫码次数', 'Scans'],
    Checked: ['检票记录', 'Checked'],
    Entries: ['有效入场', 'Entries'],
    Admitted: ['平台告知入场', 'Admitted, as told'],
    Sent: ['已发出', 'Sent'],
    Delivered: ['已送达', 'Delivered'],
    Waiting: ['待报送', 'Waiting'],
    Parked: ['上级拒收', 'Parked'],
    Quarantined: ['隔离', 'Quarantined'],
    Doubles: ['重复入场', 'Doubles'],
    Overridden: ['人工放行', 'Let in by a supervisor'],
    LateRefunds: ['已退票入场', 'Entries of refunded tickets'],
    Offline: ['离线放行', 'Admitted offline'],
    Incomplete: ['信息不全', 'Incomplete'],
    Completeness: ['送达率', 'Completeness'],
  },
  total: ['合计', 'Total'],
  cinemas: ['各影院', 'Cinemas'],
  lines: ['明细', 'Lines'],
  scans: ['扫码判定', 'Scans by verdict'],
  notTold: ['未告知', 'not told'],
  undone: (entries: number) => [`已撤销 ${entries}`, `${entries} undone`],
  ofTold: (entries: number) => [`（已告知 ${entries}）`, `of ${entries} told`],
  completeness: ['最近七日送达率', 'Completeness of the last seven days'],
  alarm: (percent: number) => [`低于 ${percent}%`, `under ${percent} %`],
  none: ['该营业日没有检票记录', 'There are no check records of this business date'],
  noneText: ['请选择其他营业日或影院。', 'Choose another business date or cinema.'],
  before: ['查看前一天', 'See the day before'],
  problems: {
    'too-many-lines': {
      title: ['行数太多，无法显示', 'Too many lines to show'],
      text: ['请选择一家影院，或按影院汇总，或导出文件。', 'Choose one cinema, go by cinema, or export a file.'],
    },
  },
});

/** What was checked on a business date, and how far it has come. */
export default function ReportScreen() {
  const t = useWords(WORDS);
  const r = useWords(RECORD_WORDS);
  const { of, query } = useFilters();
  const { checkedBy, areSentOn } = useBegun();
  const dimensions = {
    ...t.dimensions,
    ...(checkedBy !== 'gate' && { account: r.checkedBy[checkedBy] }),
    gate: r.columns.gate,
  };
  return (
    <ScreenPage
      title={t.title}
      about={checkedBy === 'platform' ? t.aboutSold : t.about}
      actions={<Downloads path="/report" />}
    >
      <Panel>
        <FilterBar
          fields={[
            { name: 'businessDate', until: 'until', label: t.date, kind: 'date' },
            {
              ...{ name: 'month', label: t.month, kind: 'choice', instead: 'businessDate' },
              choices: [['', t.noMonth], ...months()],
            },
            { name: 'by', label: t.by, kind: 'choice', choices: Object.entries(dimensions) },
          ]}
        />
        <Answered<Report>
          path={withQuery('/report.json', query)}
          // Past days hardly change.
          live={of('businessDate') + of('until') + of('month') === '' ? 'report' : undefined}
          words={t.problems}
        >
          {({ Lines, Cinemas, Scans, Total }) =>
            Total.Checked === 0 && Scans.length === 0 ? (
              <Nothing title={t.none} text={t.noneText}>
                <ScreenButton href={`/report?businessDate=${dayAfter(String(Total.BusinessDate), -1)}`}>
                  {t.before}
                </ScreenButton>
              </Nothing>
            ) : (
              <>
                <ReportTable title={t.total} rows={[Total]} hasDates={'LastBusinessDate' in Total} />
                <ReportTable title={t.cinemas} rows={Cinemas} hasDates={'LastBusinessDate' in Total} />
                <ReportTable title={t.lines} rows={Lines} hasDates={'LastBusinessDate' in Total} />
                <ReportTable title={t.scans} rows={Scans} hasDates={'LastBusinessDate' in Total} />
              </>
            )
          }
        </Answered>
      </Panel>
      {areSentOn ? (
        <Panel title={t.completeness}>
          <Answered<{ readonly DemandedPercent: number; readonly Days: readonly ReportRow[] }>
            path={withQuery('/completeness.json', { cinema: of('cinema') })}
          >
            {({ DemandedPercent, Days }) => (
              <ReportTable title={t.completeness} rows={Days} demandedPercent={DemandedPercent} />
            )}
          </Answered>
        </Panel>
      ) : null}
    </ScreenPage>
  );
}

/** This month and those before it, as choices. */
function months(): [month: string, shown: string][] {
  const [year = 0, month = 0] = businessDateAt(Date.now()).split('-').map(Number);
  return Array.from({ length: MONTHS_BEFORE + 1 }, (_, before) => {
    const first = new Date(Date.UTC(year, month - 1 - before)).toISOString().slice(0, 7);
    return [first, first];
  });
}

/** The rows of a part of the report, under the columns that any of them has. */
function ReportTable({
  title,
  rows,
  hasDates = false,
  demandedPercent,
}: {
  title: string;
  rows: readonly ReportRow[];
  /** Whether the report is of several dates. */
  hasDates?: boolean;
  /** For rows of several dates, in a panel with a title of its own. */
  demandedPercent?: number;
}) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const r = useWords(RECORD_WORDS);
  const { checkedBy } = useBegun();
  if (rows.length === 0) return null;
  const heads = { ...t.columns, Account: r.checkedBy[checkedBy], Gate: r.columns.gate };
  const texts: readonly ColumnName[] = hasDates || demandedPercent !== undefined ? [...DATES, ...TEXTS] : TEXTS;
  const alarm = demandedPercent === undefined ? '' : t.alarm(demandedPercent);
  const isShown = (column: ColumnName) =>
    rows.some((row) => row[column] !== undefined && row[column] !== '') &&
    (title === t.total || texts.includes(column) || ALWAYS.includes(column) || rows.some((row) => row[column] !== 0));

  function cellOf(column: ColumnName, row: ReportRow): ReactNode {
    const value = row[column];
    const code = (name: ColumnName) => String(row[name] ?? '');
    if (column === 'StartTime') return <span className="one-line">{shownTime(code('StartTime'))}</span>;
    if (DATES.includes(column)) return <span className="one-line">{shownText(value as string)}</span>;
    if (column === 'CinemaCode') return <Cinema code={code('CinemaCode')} />;
    // There are too many columns for codes beside.
    if (column === 'ScreenName')
      return <span title={code('ScreenCode')}>{code('ScreenName') || code('ScreenCode')}</span>;
    if (column === 'FilmName') return <span title={code('FilmCode')}>{code('FilmName') || code('FilmCode')}</span>;
    if (column === 'Account') return <Account username={code('Account')} />;
    if (column === 'Verdict') return verdictWords(String(value ?? ''), language);
    if (texts.includes(column)) return shownText(value as string);
    if (MONEY.includes(column)) return shownMoney((value ?? null) as number | null);
    if (column === 'Completeness') {
      const share = shownShare((value ?? null) as number | null);
      return row.Alarm === true ? <span className="bad">{`${share} ${alarm}`}</span> : share;
    }
    if (value === null) return t.notTold;
    // A refused scan has none.
    if (column === 'Offline' && value === undefined) return '–';
    return (
      <>
        <Behind column={column} row={row}>
          {shownCount(Number(value ?? 0))}
        </Behind>
        {notesOf(column, row).map((note) => (
          <div key={note} className="quiet">
            {note}
          </div>
        ))}
      </>
    );
  }

  function notesOf(column: ColumnName, row: ReportRow): string[] {
    const undone = Number(row.Undone ?? 0);
    if (column === 'Entries' && undone > 0) return [t.undone(undone)];
    if (column !== 'Offline') return [];
    const told = Number(row.OfflineTold);
    const share = Number(row.Offline) > 0 ? shownShare(row.OfflineShare as number | null) : '';
    const note = `${share} ${told < Number(row.Entries) ? t.ofTold(told) : ''}`.trim();
    return note === '' ? [] : [note];
  }

  return (
    <>
      {demandedPercent === undefined ? <h3>{title}</h3> : null}
      <RowsTable<ReportRow>
        caption={title}
        columns={[...texts, ...NUMBERS].filter(isShown).map((column) => ({
          head: named(heads, column),
          isNumber: NUMBERS.includes(column),
          sortBy: (row) => row[column],
          cell: (row) => cellOf(column, row),
        }))}
        rows={rows}
        rowKey={(row) => KEYS.map((column) => row[column]).join(' ')}
      />
    </>
  );
}

/** The states of the records that a number counts; without one it counts all of them. */
const STATES: { readonly [column in ColumnName]?: string } = {
  Checked: '',
  Delivered: 'DELIVERED',
  Waiting: 'WAITING',
  Parked: 'PARKED',
  Quarantined: 'QUARANTINED',
};

/** A number that leads to the check records behind it. */
function Behind({ column, row, children }: { column: ColumnName; row: ReportRow; children: ReactNode }) {
  const state = STATES[column];
  // The scans by verdict are no check records, and a list of these is of one date.
  const isListed = state !== undefined && row.Verdict === undefined && row.LastBusinessDate === undefined;
  if (!isListed || Number(row[column] ?? 0) === 0) return children;
  const parts = {
    businessDate: row.BusinessDate,
    cinema: row.CinemaCode,
    screen: row.ScreenCode,
    session: row.SessionCode,
    film: row.FilmCode,
    account: row.Account,
    gate: row.Gate,
  };
  const asked = Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, String(value ?? '')]));
  return <Linked to={withQuery('/records', { ...asked, state })}>{children}</Linked>;
}
