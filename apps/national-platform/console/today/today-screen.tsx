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
import type { CinemaBelow, Today } from '../../src/today/told.ts';
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
  const cinema = {
    head: nameOf('CinemaCode'),
    cell: ({ CinemaCode }: Today['Silent'][number]) => (
      <Linked to={withQuery('/tickets', { cinema: CinemaCode, businessDate: day.LastDate })}>
        <CinemaName code={CinemaCode} />
      </Linked>
    ),
  };
  const below: Column<CinemaBelow>[] = [
    cinema,
    'Platform',
    'Sold',
    'Admitted',
    { head: t.reached, of: 'Reached' },
    {
      head: t.completeness,
      isNumber: true,
      cell: ({ CinemaCode, Platform, Completeness }) => (
        <Linked to={withQuery('/completeness', { businessDate: day.LastDate, cinema: CinemaCode, platform: Platform })}>
          {shownShare(Completeness)}
        </Linked>
      ),
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
        columns={[cinema, 'Sold']}
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
      cell: ({ Completeness }) => (Completeness === null ? t.notTold : shownShare(Completeness)),
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

const HEIGHT = 140;
/** The lowest share that is drawn: differences near all of them are what counts. */
const LOWEST = 0.9;
/** Room for the dates of a trend; fewer have no wider bars. */
const MOST_DAYS = 30;

/** The completeness of each date as a bar, and in numbers. */
function Trend({ day: { Trend: days, DemandedPercent } }: { day: Today }) {
  const t = useWords(WORDS);
  const nameOf = useElementName();
  const y = (share: number) => HEIGHT * (1 - (Math.max(LOWEST, share) - LOWEST) / (1 - LOWEST));
  const width = 100 / MOST_DAYS;
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
      <svg role="img" aria-label={t.trendLabel(DemandedPercent)} width="100%" height={HEIGHT}>
        {days.map((one, place) => {
          const share = shareOf(one) ?? 1;
          return (
            <rect
              key={one.BusinessDate}
              x={`${place * width}%`}
              y={y(share) - 1}
              width={`${width * 0.8}%`}
              height={HEIGHT - y(share) + 1}
              fill={share * 100 < DemandedPercent ? 'var(--bad)' : 'var(--accent)'}
            >
              <title>{`${one.BusinessDate} ${shownShare(shareOf(one))}`}</title>
            </rect>
          );
        })}
        <line x1="0" x2="100%" y1={y(DemandedPercent / 100)} y2={y(DemandedPercent / 100)} stroke="var(--quiet)" />
      </svg>
      <p className="quiet">{t.axes(days[0]?.BusinessDate ?? '', days.at(-1)?.BusinessDate ?? '', DemandedPercent)}</p>
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
