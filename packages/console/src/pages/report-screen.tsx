import type { ReactNode } from 'react';
import { inEachLanguage, named, useBegun, useLanguage, useWords } from '../begin/begun.ts';
import { Downloads } from '../list/downloads.tsx';
import { FilterBar } from '../list/filter-bar.tsx';
import { RowsTable } from '../list/list-table.tsx';
import { useFilters, withQuery } from '../list/use-filters.ts';
import { verdictWords } from '../look/code-words.tsx';
import { shownCount, shownShare, shownText, shownTime } from '../look/shown.ts';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { Answered, Nothing } from '../states/states.tsx';
import { RECORD_WORDS } from './record-words.ts';

/** A row of `/report.json`, or of `/completeness.json`. */
type Row = { readonly [column: string]: string | number | boolean | null | undefined };
type Report = {
  readonly Lines: readonly Row[];
  readonly Cinemas: readonly Row[];
  readonly Scans: readonly Row[];
  readonly Total: Row;
};

const TEXTS = ['CinemaCode', 'StartTime', 'ScreenName', 'FilmName', 'Account', 'Gate', 'Verdict'];
const NUMBERS = [
  'Scans',
  'Checked',
  'Entries',
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

const WORDS = inEachLanguage({
  title: ['检票日报', 'Report of a day'],
  date: ['营业日', 'Business date'],
  cinema: ['影院编码', 'Cinema code'],
  by: ['按', 'By'],
  dimensions: {
    cinema: ['影院', 'cinema'],
    session: ['场次', 'session'],
    screen: ['影厅', 'screen'],
    film: ['影片', 'film'],
  },
  columns: {
    BusinessDate: ['营业日', 'Business date'],
    CinemaCode: ['影院编码', 'Cinema'],
    StartTime: ['放映时间', 'Start'],
    ScreenName: ['影厅', 'Screen'],
    FilmName: ['影片', 'Film'],
    Verdict: ['判定', 'Verdict'],
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
  unanswered: (entries: number) => [`已发出未答复 ${entries}`, `${entries} not answered`],
  undone: (entries: number) => [`已撤销 ${entries}`, `${entries} undone`],
  ofTold: (entries: number) => [`（已告知 ${entries}）`, `of ${entries} told`],
  completeness: ['最近七日送达率', 'Completeness of the last seven days'],
  alarm: (percent: number) => [`低于 ${percent}%`, `under ${percent} %`],
  none: ['该营业日没有检票记录', 'There are no check records of this business date'],
  noneText: ['请选择其他营业日或影院。', 'Choose another business date or cinema.'],
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
    <ScreenPage title={t.title} actions={<Downloads path="/report" />}>
      <Panel>
        <FilterBar
          fields={[
            { name: 'businessDate', label: t.date, kind: 'date' },
            { name: 'by', label: t.by, kind: 'choice', choices: Object.entries(dimensions) },
            { name: 'cinema', label: t.cinema, kind: 'text' },
          ]}
        />
        <Answered<Report>
          path={withQuery('/report.json', query)}
          // Past days hardly change.
          live={of('businessDate') === '' ? 'report' : undefined}
          words={t.problems}
        >
          {({ Lines, Cinemas, Scans, Total }) =>
            Total.Checked === 0 && Scans.length === 0 ? (
              <Nothing title={t.none} text={t.noneText} />
            ) : (
              <>
                <ReportTable title={t.total} rows={[Total]} />
                <ReportTable title={t.cinemas} rows={Cinemas} />
                <ReportTable title={t.lines} rows={Lines} />
                <ReportTable title={t.scans} rows={Scans} />
              </>
            )
          }
        </Answered>
      </Panel>
      {areSentOn ? (
        <Panel title={t.completeness}>
          <Answered<{ readonly DemandedPercent: number; readonly Days: readonly Row[] }>
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

/** The rows of a part of the report, under the columns that any of them has. */
function ReportTable({
  title,
  rows,
  demandedPercent,
}: {
  title: string;
  rows: readonly Row[];
  /** For rows of several dates, in a panel with a title of its own. */
  demandedPercent?: number;
}) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const r = useWords(RECORD_WORDS);
  const { checkedBy } = useBegun();
  if (rows.length === 0) return null;
  const heads = { ...t.columns, Account: r.checkedBy[checkedBy], Gate: r.columns.gate };
  const texts = demandedPercent === undefined ? TEXTS : ['BusinessDate', ...TEXTS];
  const alarm = demandedPercent === undefined ? '' : t.alarm(demandedPercent);
  const isShown = (column: string) => rows.some((row) => row[column] !== undefined && row[column] !== '');

  function cellOf(column: string, row: Row): ReactNode {
    const value = row[column];
    if (column === 'StartTime') return shownTime(String(value ?? ''));
    if (column === 'Verdict') return verdictWords(String(value ?? ''), language);
    if (texts.includes(column)) return shownText(value as string);
    if (column === 'Completeness') {
      const share = shownShare((value ?? null) as number | null);
      return row.Alarm === true ? <span className="bad">{`${share} ${alarm}`}</span> : share;
    }
    if (value === null) return t.notTold;
    // A refused scan has none.
    if (column === 'Offline' && value === undefined) return '–';
    return (
      <>
        {shownCount(Number(value ?? 0))}
        {notesOf(column, row).map((note) => (
          <div key={note} className="quiet">
            {note}
          </div>
        ))}
      </>
    );
  }

  function notesOf(column: string, row: Row): string[] {
    const [unanswered, undone] = [Number(row.Unanswered ?? 0), Number(row.Undone ?? 0)];
    if (column === 'Waiting' && unanswered > 0) return [t.unanswered(unanswered)];
    if (column === 'Entries' && undone > 0) return [t.undone(undone)];
    if (column !== 'Offline') return [];
    const told = Number(row.OfflineTold);
    return [`${shownShare(row.OfflineShare as number | null)} ${told < Number(row.Entries) ? t.ofTold(told) : ''}`];
  }

  return (
    <>
      {demandedPercent === undefined ? <h3>{title}</h3> : null}
      <RowsTable<Row>
        caption={title}
        columns={[...texts, ...NUMBERS].filter(isShown).map((column) => ({
          head: named(heads, column),
          isNumber: NUMBERS.includes(column),
          cell: (row) => cellOf(column, row),
        }))}
        rows={rows}
        rowKey={(row) => [...texts, 'ScreenCode', 'SessionCode', 'FilmCode'].map((column) => row[column]).join(' ')}
      />
    </>
  );
}
