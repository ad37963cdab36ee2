import {
  AccountName,
  Answered,
  BarChart,
  Behind,
  type Column,
  dayAfter,
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

function Cinemas({ day: { LastDate: businessDate, DemandedPercent, ...day } }: { day: Today }) {
  const t = useWords(WORDS);
  const toTickets = ({ CinemaCode: cinema }: CinemaDay) => withQuery('/tickets', { cinema, businessDate });
  const toCompleteness = ({ CinemaCode: cinema, Platform: platform }: CinemaBelow) =>
    withQuery('/completeness', { businessDate, cinema, platform });
  const cinema: Column<CinemaDay> = { of: 'CinemaCode', to: toTickets };
  const sold: Column<CinemaDay> = { of: 'Sold', to: toTickets };
  return (
    <>
      <TablePanel<CinemaBelow>
        title={t.below(DemandedPercent, day.BelowCount)}
        actions={<ScreenLink href={withQuery('/completeness', { businessDate })}>{t.all}</ScreenLink>}
        columns={[
          cinema,
          'Platform',
          sold,
          { of: 'Admitted', to: toCompleteness },
          {
            head: t.reached,
            of: 'Reached',
            to: ({ CinemaCode: cinema, Platform: account }) => withQuery('/records', { businessDate, cinema, account }),
          },
          { of: 'Completeness', to: toCompleteness },
        ]}
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

function Platforms({ day: { Platforms, LastDate: businessDate } }: { day: Today }) {
  const t = useWords(WORDS);
  return (
    <TablePanel<Today['Platforms'][number]>
      title={t.platforms}
      about={t.platformsMean}
      columns={[
        {
          of: 'Platform',
          to: ({ Username: platform }) => withQuery('/platforms', { businessDate, platform }),
          cell: ({ Username }) => <AccountName username={Username} />,
        },
        'LastHeardAt',
        {
          head: t.ofToday,
          of: 'Today',
          to: ({ Username: account }) => withQuery('/records', { account, counted: 'ENTRIES' }),
        },
        {
          head: t.ofLast,
          of: 'Entries',
          to: ({ Username: account }) => withQuery('/records', { businessDate, account, counted: 'ENTRIES' }),
          cell: ({ Entries }) => (Entries === 0 ? <span className="bad">{t.nothing}</span> : shownCount(Entries)),
        },
        {
          of: 'Completeness',
          isNumber: true,
          to: ({ Username: platform }) => withQuery('/completeness', { businessDate, platform }),
          cell: ({ Completeness }) => (Completeness === null ? t.notTold : shownShare(Completeness)),
        },
      ]}
      rows={Platforms}
      rowKey={({ Username }) => Username}
    />
  );
}

type TrendDay = Today['Trend'][number];

const shareOf = ({ Admitted, Delivered }: TrendDay) => (Admitted === 0 ? null : Delivered / Admitted);

const DAYS = 30;
const DATE_EVERY = 5;

/** The completeness of each date as a bar, and in numbers. A date without a report, or without entries, has no bar. */
function Trend({ day: { Trend: days, LastDate, DemandedPercent } }: { day: Today }) {
  const t = useWords(WORDS);
  const dates = Array.from({ length: DAYS }, (_, n) => dayAfter(LastDate, n + 1 - DAYS));
  const shares = days.map((one) => ({ ...one, share: shareOf(one) })).filter(({ share }) => share !== null);
  // Differences near all of them are what counts.
  const lowest = Math.min(90, ...shares.map(({ share }) => Math.floor(Number(share) * 10) * 10));
  const percents = Array.from({ length: 6 }, (_, n) => lowest + ((100 - lowest) / 5) * n);
  const bars = shares.map(({ BusinessDate, share }) => ({
    at: dates.indexOf(BusinessDate) / DAYS,
    // The least is seen, too.
    to: Math.max(lowest + (100 - lowest) / 100, Number(share) * 100),
    fill: Number(share) * 100 < DemandedPercent ? 'var(--bad)' : 'var(--accent)',
    says: `${BusinessDate} ${shownShare(share)}`,
  }));
  return (
    <>
      <BarChart
        label={t.trendLabel}
        height={160}
        lowest={lowest}
        most={100}
        values={percents.map((percent) => [percent, `${percent} %`])}
        places={dates.flatMap((date, n) => (n % DATE_EVERY === 0 ? [[(n + 0.4) / DAYS, date.slice(5)] as const] : []))}
        width={0.8 / DAYS}
        bars={bars}
        line={DemandedPercent}
      />
      <p className="quiet">{t.axes(lowest, DemandedPercent)}</p>
      <details className="by-hour">
        <summary>{t.byDate}</summary>
        <RowsTable<TrendDay>
          caption={t.trend}
          columns={[
            {
              of: 'BusinessDate',
              to: ({ BusinessDate: businessDate }) => withQuery('/completeness', { businessDate }),
            },
            'Admitted',
            { head: t.delivered, of: 'Delivered' },
            { head: t.completeness, isNumber: true, cell: (one) => shownShare(shareOf(one)) },
          ]}
          rows={days.toReversed()}
          rowKey={({ BusinessDate }) => BusinessDate}
        />
      </details>
    </>
  );
}
