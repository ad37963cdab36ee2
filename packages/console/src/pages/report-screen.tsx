import type { ReportBesides, ReportRow } from '@ticket-check/admin/rows';
import type { ReactNode } from 'react';
import { inEachLanguage, useBegun, useWords } from '../begin/begun.ts';
import { Behind } from '../list/behind.tsx';
import { Downloads } from '../list/downloads.tsx';
import { FilterBar } from '../list/filter-bar.tsx';
import { RowsTable, TablePanel } from '../list/list-table.tsx';
import { useFilters, withQuery } from '../list/use-filters.ts';
import { Element, useElementName } from '../look/element.tsx';
import { ScreenButton } from '../look/screen-link.tsx';
import { dayAfter, shownShare } from '../look/shown.ts';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { Answered, Nothing } from '../states/states.tsx';
import { COUNTED } from './records-screen.tsx';

type Report = ReportBesides & { readonly Lines: readonly ReportRow[] };
type ColumnName = keyof ReportRow;

const TEXTS: readonly ColumnName[] = [
  ...(['CinemaCode', 'StartTime', 'ScreenName', 'FilmName', 'Account', 'Gate', 'Verdict', 'TicketType'] as const),
];
const DATES: readonly ColumnName[] = ['BusinessDate', 'LastBusinessDate'];
const NUMBERS: readonly ColumnName[] = [
  ...(['Scans', 'Checked', 'Entries', 'Price', 'Service', 'Sold', 'SoldPrice', 'SoldService', 'Admitted'] as const),
  ...(['Sent', 'Delivered', 'Waiting', 'Parked', 'Quarantined', 'Doubles', 'LateRefunds', 'Incomplete'] as const),
  ...(['Overridden', 'Offline', 'Completeness'] as const),
];
/** Shown also where they are 0 everywhere; a total shows all. */
const ALWAYS: readonly ColumnName[] = [
  ...(['Checked', 'Entries', 'Scans', 'Completeness'] as const),
  ...(['Price', 'Service', 'Sold', 'SoldPrice', 'SoldService'] as const),
];

const WORDS = inEachLanguage({
  about: [
    '按营业日统计；也可统计最多 31 天或一个自然月。票价和服务费是有效入场（含已撤销的）的合计；已售而未入场的票，检票记录中没有，请查售票系统。',
    'A business date, up to 31 of them, or a month. Price and service fee are those of the entries, undone ones included: check records do not have other tickets, the ticketing system has.',
  ],
  aboutSold: [
    '按营业日统计；也可统计最多 31 天或一个自然月。按场次或售票方式统计时，有效入场（含已撤销的）的金额旁边列出售出未退的票，后者按场次开场的营业日统计。',
    'A business date, up to 31 of them, or a month. By session or ticket type, sold tickets without refunded ones are shown beside entries, undone ones included; a ticket is of the date on which its session begins.',
  ],
  session: ['场次和检票口', 'Session and gate'],
  // Of many entries.
  columns: {
    Price: ['票价合计', 'Price'],
    Service: ['服务费合计', 'Service fee'],
  },
  total: ['合计', 'Total'],
  cinemas: ['各影院', 'Cinemas'],
  lines: ['明细', 'Lines'],
  scans: ['扫码判定', 'Scans by verdict'],
  notTold: ['未告知', 'not told'],
  undone: (entries: number) => [`已撤销 ${entries}`, `${entries} undone`],
  ofTold: (entries: number) => [`（已告知 ${entries}）`, `of ${entries} told`],
  completeness: ['最近七日送达率', 'Completeness of the last seven days'],
  alarm: ['低于 98%', 'under 98 %'],
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

export default function ReportScreen() {
  const t = useWords(WORDS);
  const nameOf = useElementName();
  const { of, query } = useFilters();
  const { checkedBy, areSentOn } = useBegun();
  const dimensions = {
    ...{ cinema: nameOf('cinema'), 'session-total': nameOf('session'), session: t.session },
    ...Object.fromEntries(['day', 'type', 'screen', 'film'].map((by) => [by, nameOf(by)])),
    ...(checkedBy !== 'gate' && { account: nameOf('account') }),
    gate: nameOf('gate'),
  };
  return (
    <ScreenPage about={checkedBy === 'platform' ? t.aboutSold : t.about} actions={<Downloads />}>
      <Panel>
        <FilterBar fields={[{ name: 'by', kind: 'choice', choices: dimensions, always: true }]} />
        <Answered<Report> path={withQuery('/report.json', query)} words={t.problems}>
          {({ Lines, Cinemas, Scans, Total }) =>
            Total.Checked === 0 && Scans.length === 0 ? (
              <Nothing title={t.none} text={t.noneText}>
                <ScreenButton href={`/report?businessDate=${dayAfter(String(Total.BusinessDate), -1)}`}>
                  {t.before}
                </ScreenButton>
              </Nothing>
            ) : (
              Object.entries({ total: [Total], cinemas: Cinemas, lines: Lines, scans: Scans } as const).map(
                ([part, rows]) => (
                  <ReportTable key={part} part={part} rows={rows} hasDates={'LastBusinessDate' in Total} />
                ),
              )
            )
          }
        </Answered>
      </Panel>
      {areSentOn ? (
        <Answered<{ readonly Days: readonly ReportRow[] }>
          path={withQuery('/completeness.json', { cinema: of('cinema') })}
        >
          {({ Days }) => (
            <TablePanel<ReportRow>
              title={t.completeness}
              rows={Days}
              rowKey={({ BusinessDate, CinemaCode }) => `${BusinessDate} ${CinemaCode}`}
              columns={[
                'BusinessDate',
                'CinemaCode',
                { of: 'Entries', cell: (row) => <Counted of="Entries" row={row} /> },
                { of: 'Delivered', cell: (row) => <Counted of="Delivered" row={row} /> },
                { of: 'Completeness', cell: (row) => <Completeness of={row} /> },
              ]}
            />
          )}
        </Answered>
      ) : null}
    </ScreenPage>
  );
}

function Completeness({ of }: { of: ReportRow }) {
  const t = useWords(WORDS);
  return (
    <span className={of.Alarm ? 'bad' : undefined}>
      <Element of={of} name="Completeness" /> {of.Alarm ? t.alarm : null}
    </span>
  );
}

/** The rows of a part of the report, under the columns that any of them has. */
function ReportTable({ part, rows, hasDates }: { part: string; rows: readonly ReportRow[]; hasDates: boolean }) {
  const t = useWords(WORDS);
  const title = t[part as 'total' | 'cinemas' | 'lines' | 'scans'];
  const nameOf = useElementName();
  if (rows.length === 0) return null;
  const heads: Readonly<Record<string, string>> = t.columns;
  const texts = hasDates ? [...DATES, ...TEXTS] : TEXTS;
  const isShown = (column: ColumnName) =>
    rows.some((row) => row[column] !== undefined && row[column] !== '') &&
    (part === 'total' || texts.includes(column) || ALWAYS.includes(column) || rows.some((row) => row[column] !== 0));
  return (
    <>
      <h3>{title}</h3>
      <RowsTable<ReportRow>
        caption={title}
        columns={[...texts, ...NUMBERS].filter(isShown).map((of) => ({
          of,
          head: heads[of] ?? nameOf(of),
          isNumber: NUMBERS.includes(of),
          cell: (row) => (of === 'Completeness' ? <Completeness of={row} /> : <Cell of={of} row={row} />),
        }))}
        rows={rows}
        rowKey={(row) =>
          Object.values(row)
            .filter((value) => typeof value === 'string')
            .join(' ')
        }
      />
    </>
  );
}

function Cell({ of, row }: { of: ColumnName; row: ReportRow }) {
  const t = useWords(WORDS);
  if (row[of] === null && !/(Price|Service)$/.test(of)) return t.notTold;
  return (
    <>
      <Counted of={of} row={row} />
      <div className="quiet">
        <Note of={of} row={row} />
      </div>
    </>
  );
}

/** How many entries were undone, and the share of those offline, with how many entries are known to be either. */
function Note({ of, row }: { of: ColumnName; row: ReportRow }) {
  const t = useWords(WORDS);
  const { Undone = 0, Entries = 0, Offline, OfflineShare = null, OfflineTold = 0 } = row;
  if (of === 'Entries' && Undone > 0)
    return (
      <Counted of="Undone" row={row}>
        {t.undone(Undone)}
      </Counted>
    );
  if (of !== 'Offline') return null;
  return `${Offline ? shownShare(OfflineShare) : ''} ${OfflineTold < Entries ? t.ofTold(OfflineTold) : ''}`;
}

/** What leads to the records that a number counts; nothing more to all of them, and the start of a session to its own. */
const BEHIND: { readonly [column in ColumnName]?: { readonly [filter in 'state' | 'counted']?: string } } = {
  Checked: {},
  StartTime: {},
  Delivered: { state: 'DELIVERED' },
  Waiting: { state: 'WAITING' },
  Parked: { state: 'PARKED' },
  Quarantined: { state: 'QUARANTINED' },
  ...Object.fromEntries(Object.entries(COUNTED).map(([counted, column]) => [column, { counted }])),
};

/** An element of a row; a number leads to the check records that it counts. */
function Counted({
  of,
  row,
  children = <Element of={row} name={of} />,
}: {
  of: ColumnName;
  row: ReportRow;
  children?: ReactNode;
}) {
  const cinema = useFilters().of('cinema');
  const behind = BEHIND[of];
  // The scans by verdict are no check records, and of an unknown ticket type none can be asked for.
  if (behind === undefined || row[of] === undefined || row.Verdict !== undefined || row.TicketType === '')
    return children;
  const asked = {
    ...{ businessDate: row.BusinessDate, until: row.LastBusinessDate, cinema: row.CinemaCode ?? cinema },
    ...{ screen: row.ScreenCode, session: row.SessionCode, film: row.FilmCode, account: row.Account, gate: row.Gate },
    type: row.TicketType,
    ...behind,
  };
  return (
    <Behind count={Number(row[of] ?? 0)} asked={asked}>
      {children}
    </Behind>
  );
}
