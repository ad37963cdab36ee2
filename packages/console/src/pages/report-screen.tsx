import { type InEachLanguage, useLanguage, useRecordsHere, useWords } from '../begin/begun.ts';
import { useJson } from '../data/use-json.ts';
import { FilterBar } from '../list/filter-bar.tsx';
import { type Column, RowsTable } from '../list/list-table.tsx';
import { useFilters, withQuery } from '../list/use-filters.ts';
import { LiveLabel, useLiveJson } from '../live/use-live.tsx';
import { verdictWords } from '../look/code-words.tsx';
import { shownCount, shownShare, shownText, shownTime } from '../look/shown.ts';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { Answered, Nothing } from '../states/states.tsx';
import { Downloads } from './downloads.tsx';
import { RECORD_WORDS } from './record-words.ts';

/** A row of `/report.json`. */
type Row = { readonly [column: string]: string | number | boolean | null | undefined };
type Report = {
  readonly BusinessDate: string;
  readonly Lines: readonly Row[];
  readonly Cinemas: readonly Row[];
  readonly Scans: readonly Row[];
  readonly Total: Row;
};
type Days = {
  readonly DemandedPercent: number;
  readonly Days: readonly {
    readonly BusinessDate: string;
    readonly CinemaCode: string;
    readonly Entries: number;
    readonly Delivered: number;
    readonly Completeness: number | null;
    readonly Alarm: boolean;
  }[];
};

const TEXTS = ['CinemaCode', 'StartTime', 'ScreenName', 'FilmName', 'Account', 'Gate', 'Verdict'];
const COUNTS = [
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
];

const zh = {
  title: '检票日报',
  date: '营业日',
  cinema: '影院编码',
  by: '按',
  dimensions: { cinema: '影院', session: '场次', screen: '影厅', film: '影片' },
  columns: {
    BusinessDate: '营业日',
    CinemaCode: '影院编码',
    StartTime: '放映时间',
    ScreenName: '影厅',
    FilmName: '影片',
    Verdict: '判定',
    Scans: '扫码次数',
    Checked: '检票记录',
    Entries: '有效入场',
    Admitted: '平台告知入场',
    Sent: '已发出',
    Delivered: '已送达',
    Waiting: '待报送',
    Parked: '上级拒收',
    Quarantined: '隔离',
    Doubles: '重复入场',
    Overridden: '人工放行',
    LateRefunds: '已退票入场',
    Offline: '离线放行',
    Incomplete: '信息不全',
    Completeness: '送达率',
  } as Readonly<Record<string, string>>,
  total: '合计',
  cinemas: '各影院',
  lines: '明细',
  scans: '扫码判定',
  notTold: '未告知',
  unanswered: (entries: number) => `已发出未答复 ${entries}`,
  undone: (entries: number) => `已撤销 ${entries}`,
  ofTold: (entries: number) => `（已告知 ${entries}）`,
  completeness: '最近七日送达率',
  alarm: (percent: number) => `低于 ${percent}%`,
  none: '该营业日没有检票记录',
  noneText: '请选择其他营业日或影院。',
  problems: {
    'too-many-lines': { title: '行数太多，无法显示', text: '请选择一家影院，或按影院汇总，或导出文件。' },
  },
};
const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: {
    title: 'Report of a day',
    date: 'Business date',
    cinema: 'Cinema code',
    by: 'By',
    dimensions: {
      cinema: 'cinema',
      session: 'session',
      screen: 'screen',
      film: 'film',
    },
    columns: {
      BusinessDate: 'Business date',
      CinemaCode: 'Cinema',
      StartTime: 'Start',
      ScreenName: 'Screen',
      FilmName: 'Film',
      Admitted: 'Admitted, as told',
      Quarantined: 'Quarantined',
      Overridden: 'Let in by a supervisor',
      LateRefunds: 'Entries of refunded tickets',
      Offline: 'Admitted offline',
      Completeness: 'Completeness',
    },
    total: 'Total',
    cinemas: 'Cinemas',
    lines: 'Lines',
    scans: 'Scans by verdict',
    notTold: 'not told',
    unanswered: (entries) => `${entries} not answered`,
    undone: (entries) => `${entries} undone`,
    ofTold: (entries) => `of ${entries} told`,
    completeness: 'Completeness of the last seven days',
    alarm: (percent) => `under ${percent} %`,
    none: 'There are no check records of this business date',
    noneText: 'Choose another business date or cinema.',
    problems: {
      'too-many-lines': { title: 'Too many lines to show', text: 'Choose one cinema, go by cinema, or export a file.' },
    },
  },
};

/** What was checked on a business date, and how far it has come. */
export default function ReportScreen() {
  const t = useWords(WORDS);
  const r = useWords(RECORD_WORDS);
  const { of, query } = useFilters();
  const { checkedBy, areSentOn } = useRecordsHere();
  const dimensions = {
    ...t.dimensions,
    ...(checkedBy !== 'gate' && { account: r.checkedBy[checkedBy] }),
    gate: r.columns.gate,
  };
  // Past days hardly change.
  const isToday = of('businessDate') === '';
  const { answer: report, freshness } = useLiveJson<Report>(
    withQuery('/report.json', query),
    isToday ? 'report' : undefined,
  );
  return (
    <ScreenPage title={t.title} actions={<Downloads path="/report" query={query} />}>
      <Panel>
        <FilterBar
          fields={[
            { name: 'businessDate', label: t.date, kind: 'date' },
            {
              name: 'by',
              label: t.by,
              kind: 'choice',
              choices: Object.entries(dimensions).map(([value, label]) => ({ value, label })),
            },
            { name: 'cinema', label: t.cinema, kind: 'text' },
          ]}
        />
        <Answered query={report} words={t.problems}>
          {({ Lines, Cinemas, Scans, Total }) =>
            Total.Checked === 0 && Scans.length === 0 ? (
              <Nothing title={t.none} text={t.noneText} />
            ) : (
              <>
                {isToday ? <LiveLabel freshness={freshness} /> : null}
                <ReportTable title={t.total} rows={[Total]} />
                <ReportTable title={t.cinemas} rows={Cinemas} />
                <ReportTable title={t.lines} rows={Lines} />
                <ReportTable title={t.scans} rows={Scans} />
              </>
            )
          }
        </Answered>
      </Panel>
      {areSentOn ? <Completeness /> : null}
    </ScreenPage>
  );
}

function ReportTable({ title, rows }: { title: string; rows: readonly Row[] }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const r = useWords(RECORD_WORDS);
  const { checkedBy } = useRecordsHere();
  if (rows.length === 0) return null;
  const isShown = (column: string) => rows.some((row) => row[column] !== undefined && row[column] !== '');
  const head = (column: string) =>
    column === 'Account' ? r.checkedBy[checkedBy] : column === 'Gate' ? r.columns.gate : (t.columns[column] ?? column);
  const columns: Column<Row>[] = [
    ...TEXTS.filter(isShown).map((column) => ({
      head: head(column),
      cell: (row: Row) =>
        column === 'StartTime'
          ? shownTime(String(row[column] ?? ''))
          : column === 'Verdict'
            ? verdictWords(String(row[column] ?? ''), language)
            : shownText(row[column] as string),
    })),
    ...COUNTS.filter(isShown).map((column) => ({
      head: head(column),
      isNumber: true,
      cell: (row: Row) => (
        <>
          {row[column] === null ? t.notTold : shownCount(Number(row[column] ?? 0))}
          {column === 'Waiting' && Number(row.Unanswered ?? 0) > 0 ? (
            <div className="quiet">{t.unanswered(Number(row.Unanswered))}</div>
          ) : null}
          {column === 'Entries' && Number(row.Undone ?? 0) > 0 ? (
            <div className="quiet">{t.undone(Number(row.Undone))}</div>
          ) : null}
        </>
      ),
    })),
    ...(isShown('Offline')
      ? [
          {
            head: head('Offline'),
            isNumber: true,
            // Null if not reported; a refused scan has none.
            cell: ({ Offline, OfflineShare, OfflineTold, Entries }: Row) =>
              typeof Offline !== 'number' ? (
                Offline === null ? (
                  t.notTold
                ) : (
                  '–'
                )
              ) : (
                <>
                  {shownCount(Offline)}
                  <div className="quiet">
                    {shownShare(OfflineShare as number | null)}
                    {Number(OfflineTold) < Number(Entries) ? ` ${t.ofTold(Number(OfflineTold))}` : null}
                  </div>
                </>
              ),
          },
        ]
      : []),
    ...(isShown('Completeness')
      ? [
          {
            head: head('Completeness'),
            isNumber: true,
            cell: ({ Completeness, Alarm }: Row) => (
              <span className={Alarm === true ? 'bad' : undefined}>
                {shownShare((Completeness ?? null) as number | null)}
              </span>
            ),
          },
        ]
      : []),
  ];
  return (
    <>
      <h3>{title}</h3>
      <RowsTable<Row>
        caption={title}
        columns={columns}
        rows={rows}
        rowKey={(row) => [...TEXTS, 'ScreenCode', 'SessionCode', 'FilmCode'].map((column) => row[column]).join(' ')}
      />
    </>
  );
}

function Completeness() {
  const t = useWords(WORDS);
  const { of } = useFilters();
  const asked = new URLSearchParams(of('cinema') === '' ? {} : { cinema: of('cinema') });
  const days = useJson<Days>(withQuery('/completeness.json', asked.toString()));
  return (
    <Panel title={t.completeness}>
      <Answered query={days}>
        {({ DemandedPercent, Days: rows }) => (
          <RowsTable<Days['Days'][number]>
            caption={t.completeness}
            rows={rows}
            rowKey={({ BusinessDate, CinemaCode }) => `${BusinessDate} ${CinemaCode}`}
            columns={[
              { head: t.columns.BusinessDate ?? '', cell: ({ BusinessDate }) => BusinessDate },
              { head: t.columns.CinemaCode ?? '', cell: ({ CinemaCode }) => CinemaCode },
              { head: t.columns.Entries ?? 'Entries', isNumber: true, cell: ({ Entries }) => shownCount(Entries) },
              {
                head: t.columns.Delivered ?? 'Delivered',
                isNumber: true,
                cell: ({ Delivered }) => shownCount(Delivered),
              },
              {
                head: t.columns.Completeness ?? '',
                isNumber: true,
                cell: ({ Completeness: share, Alarm }) => (
                  <span className={Alarm ? 'bad' : undefined}>
                    {shownShare(share)} {Alarm ? t.alarm(DemandedPercent) : ''}
                  </span>
                ),
              },
            ]}
          />
        )}
      </Answered>
    </Panel>
  );
}
