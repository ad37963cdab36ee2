import {
  AccountName,
  Answered,
  Behind,
  CinemaName,
  type Column,
  Figure,
  Linked,
  Nothing,
  Panel,
  RowsTable,
  ScreenLink,
  ScreenPage,
  SetUp,
  shownCount,
  shownShare,
  TablePanel,
  useElementName,
  useWords,
  withQuery,
} from '@ticket-check/console';
import type { CinemaBelow, CinemaDay, Today } from '../../src/today/told.ts';
import { WORDS } from './words.ts';

/** Who reports, where too little arrived, and who is silent. */
export default function TodayScreen() {
  const t = useWords(WORDS);
  return (
    <ScreenPage>
      <Answered<Today> path="/today.json" live="today">
        {(day) => (
          <>
            {day.SetUp === null ? null : <SetUp done={day.SetUp} steps={t.setUp} />}
            <Panel
              title={t.last(day.LastDate)}
              actions={<ScreenLink href={withQuery('/report', { businessDate: day.LastDate })}>{t.report}</ScreenLink>}
            >
              <dl className="figures">
                <Figure head={t.sold}>
                  <Linked to={withQuery('/report', { businessDate: day.LastDate, by: 'type' })}>
                    {shownCount(day.Sold)}
                  </Linked>
                </Figure>
                <Figure head={t.entries}>
                  <Behind count={day.Entries} asked={{ businessDate: day.LastDate, counted: 'ENTRIES' }} />
                </Figure>
                <Figure head={t.completeness} note={t.completenessMeans}>
                  <Linked to={withQuery('/completeness', { businessDate: day.LastDate })}>
                    {day.Completeness === null ? t.notTold : shownShare(day.Completeness)}
                  </Linked>
                </Figure>
                <Figure head={t.today(day.BusinessDate)}>
                  <Behind count={day.Today} asked={{ counted: 'ENTRIES' }} />
                </Figure>
              </dl>
            </Panel>
            <Cinemas day={day} />
            <Platforms day={day} />
            <Panel title={t.trend}>
              {day.Trend.length === 0 ? <Nothing title={t.noTrend} /> : <Trend day={day} />}
            </Panel>
          </>
        )}
      </Answered>
    </ScreenPage>
  );
}

/** The cinemas that sent too little, or nothing. */
function Cinemas({ day }: { day: Today }) {
  const t = useWords(WORDS);
  const nameOf = useElementName();
  const toTickets = ({ CinemaCode }: CinemaDay) =>
    withQuery('/tickets', { cinema: CinemaCode, businessDate: day.LastDate });
  const toCompleteness = ({ CinemaCode, Platform }: CinemaBelow) =>
    withQuery('/completeness', { businessDate: day.LastDate, cinema: CinemaCode, platform: Platform });
  const cinema: Column<CinemaDay> = {
    head: nameOf('CinemaCode'),
    cell: (one) => (
      <Linked to={toTickets(one)}>
        <CinemaName code={one.CinemaCode} />
      </Linked>
    ),
  };
  const sold: Column<CinemaDay> = {
    head: nameOf('Sold'),
    isNumber: true,
    sortBy: ({ Sold }) => Sold,
    cell: (one) => <Linked to={toTickets(one)}>{shownCount(one.Sold)}</Linked>,
  };
  const below: Column<CinemaBelow>[] = [
    cinema,
    'Platform',
    sold,
    {
      head: nameOf('Admitted'),
      isNumber: true,
      sortBy: ({ Admitted }) => Admitted,
      cell: (one) => <Linked to={toCompleteness(one)}>{shownCount(one.Admitted)}</Linked>,
    },
    {
      head: t.reached,
      isNumber: true,
      sortBy: ({ Reached }) => Reached,
      cell: ({ CinemaCode, Platform, Reached }) => (
        <Behind count={Reached} asked={{ businessDate: day.LastDate, cinema: CinemaCode, account: Platform }} />
      ),
    },
    {
      head: t.completeness,
      isNumber: true,
      cell: (one) => <Linked to={toCompleteness(one)}>{shownShare(one.Completeness)}</Linked>,
    },
  ];
  const all = <ScreenLink href={withQuery('/completeness', { businessDate: day.LastDate })}>{t.all}</ScreenLink>;
  return (
    <>
      <TablePanel
        title={t.below(day.DemandedPercent, day.BelowCount)}
        actions={all}
        columns={below}
        rows={day.Below}
        rowKey={({ CinemaCode, Platform }) => `${CinemaCode} ${Platform}`}
        none={t.noneBelow}
      />
      <TablePanel
        title={t.silent(day.SilentCount)}
        columns={[cinema, sold]}
        rows={day.Silent}
        rowKey={({ CinemaCode }) => CinemaCode}
        none={t.noneSilent}
      />
    </>
  );
}

function Platforms({ day: { Platforms, LastDate } }: { day: Today }) {
  const t = useWords(WORDS);
  const nameOf = useElementName();
  const columns: Column<Today['Platforms'][number]>[] = [
    {
      head: nameOf('Platform'),
      cell: ({ Username }) => (
        <Linked to={withQuery('/platforms', { businessDate: LastDate, platform: Username })}>
          <AccountName username={Username} />
        </Linked>
      ),
    },
    'LastHeardAt',
    {
      head: t.ofToday,
      isNumber: true,
      sortBy: ({ Today }) => Today,
      cell: ({ Username, Today }) => <Behind count={Today} asked={{ account: Username, counted: 'ENTRIES' }} />,
    },
    {
      head: t.ofLast,
      isNumber: true,
      cell: ({ Username, Entries }) =>
        Entries === 0 ? (
          <span className="bad">{t.nothing}</span>
        ) : (
          <Behind count={Entries} asked={{ businessDate: LastDate, account: Username, counted: 'ENTRIES' }} />
        ),
    },
    {
      head: t.completeness,
      isNumber: true,
      cell: ({ Username, Completeness }) => (
        <Linked to={withQuery('/completeness', { businessDate: LastDate, platform: Username })}>
          {Completeness === null ? t.notTold : shownShare(Completeness)}
        </Linked>
      ),
    },
  ];
  return (
    <TablePanel
      title={t.platforms}
      about={t.platformsMean}
      columns={columns}
      rows={Platforms}
      rowKey={({ Username }) => Username}
    />
  );
}

type TrendDay = Today['Trend'][number];

const shareOf = ({ Admitted, Delivered }: TrendDay) => (Admitted === 0 ? null : Delivered / Admitted);

const HEIGHT = 160;
/** Room for the percentages on the left, half of one above, and the dates below. */
const LEFT = 48;
const ABOVE = 8;
const BELOW = 24;
/** Of the axis, which does not start at 0: differences near all of them are what counts. */
const PERCENTS = [90, 92, 94, 96, 98, 100];
const LOWEST = 90;
/** Room for the dates of a trend; fewer have no wider bars. */
const MOST_DAYS = 30;
const DATE_EVERY = 5;

/** The completeness of each date as a bar, and in numbers. */
function Trend({ day: { Trend: days, DemandedPercent } }: { day: Today }) {
  const t = useWords(WORDS);
  const nameOf = useElementName();
  const floor = HEIGHT - BELOW;
  const y = (percent: number) => ABOVE + ((floor - ABOVE) * (100 - Math.max(LOWEST, percent))) / (100 - LOWEST);
  const x = (place: number) => `${(place * 100) / MOST_DAYS}%`;
  const columns: Column<TrendDay>[] = [
    {
      head: nameOf('BusinessDate'),
      cell: ({ BusinessDate }) => (
        <Linked to={withQuery('/completeness', { businessDate: BusinessDate })}>{BusinessDate}</Linked>
      ),
    },
    'Admitted',
    { head: t.delivered, of: 'Delivered' },
    { head: t.completeness, isNumber: true, cell: (one) => shownShare(shareOf(one)) },
  ];
  return (
    <>
      <div role="img" aria-label={t.trendLabel(DemandedPercent)} style={{ display: 'flex', height: HEIGHT }}>
        <svg aria-hidden="true" width={LEFT} height={HEIGHT} fontSize="12" fill="var(--quiet)" textAnchor="end">
          {PERCENTS.map((percent) => (
            <text key={percent} x={LEFT - 8} y={y(percent) + 4}>
              {percent} %
            </text>
          ))}
        </svg>
        <svg aria-hidden="true" width="100%" height={HEIGHT} fontSize="12" fill="var(--quiet)">
          {PERCENTS.map((percent) => (
            <line key={percent} x1="0" x2="100%" y1={y(percent)} y2={y(percent)} stroke="var(--line)" />
          ))}
          {days.map((one, place) => {
            const percent = (shareOf(one) ?? 1) * 100;
            return (
              <g key={one.BusinessDate}>
                <rect
                  x={x(place)}
                  y={y(percent) - 1}
                  width={x(0.8)}
                  height={floor - y(percent) + 1}
                  fill={percent < DemandedPercent ? 'var(--bad)' : 'var(--accent)'}
                >
                  <title>{`${one.BusinessDate} ${shownShare(shareOf(one))}`}</title>
                </rect>
                {place % DATE_EVERY === 0 ? (
                  <text x={x(place)} y={HEIGHT - 6}>
                    {one.BusinessDate.slice(5)}
                  </text>
                ) : null}
              </g>
            );
          })}
          <line x1="0" x2="100%" y1={y(DemandedPercent)} y2={y(DemandedPercent)} stroke="var(--quiet)" />
        </svg>
      </div>
      <p className="quiet">{t.axes(LOWEST, DemandedPercent)}</p>
      <details className="by-hour">
        <summary>{t.byDate}</summary>
        <RowsTable
          caption={t.trend}
          columns={columns}
          rows={days.toReversed()}
          rowKey={({ BusinessDate }) => BusinessDate}
        />
      </details>
    </>
  );
}
