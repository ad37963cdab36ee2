import {
  AccountName,
  Answered,
  businessDateAt,
  CinemaName,
  Downloads,
  dayAfter,
  FilterBar,
  inEachLanguage,
  ListTable,
  Panel,
  RowsTable,
  ScreenPage,
  shownCount,
  shownShare,
  useFilters,
  useJson,
  useSince,
  useWords,
  withQuery,
} from '@ticket-check/console';
import type { CompletenessRow, HourRow } from '../../src/console-data/rows.ts';

type CompletenessReply = {
  readonly BusinessDate: string;
  readonly IsOver: boolean;
  readonly DemandedPercent: number;
  readonly Total: Readonly<Record<'Admitted' | 'Reached' | 'Alarms' | 'NotTold', number>> & {
    readonly Completeness: number | null;
  };
};

const WORDS = inEachLanguage({
  about: [
    '检票平台告知的入场数，与本平台已收到的检票记录（含隔离）。不选日期即最近一个已结束的营业日。未告知的平台只按规范通信，其送达率无从得知。点影院查看不一致的小时。',
    'Admissions that each platform reported, and the records that arrived here, including quarantined ones. The default is the last business date that is over. Completeness is unknown for platforms that reported no admissions because they speak only the scheme. Follow a cinema code to see the hours that differ.',
  ],
  caption: (date: string) => [`${date} 的送达率`, `Completeness of ${date}`],
  total: (admitted: string, reached: string, share: string) => [
    `平台告知入场 ${admitted}，已收到 ${reached}，送达率 ${share}`,
    `Admitted, as reported: ${admitted}; arrived: ${reached}; completeness ${share}`,
  ],
  alarms: (count: number, percent: number) => [`${count} 项低于 ${percent}%`, `${count} under ${percent} %`],
  notTold: (count: number) => [`${count} 项未告知`, `${count} not reported`],
  goesOn: [
    '营业日尚未结束，部分记录正在报送。',
    'This business date is not over: some records are still on their way.',
  ],
  under: (percent: number) => [`低于 ${percent}%`, `under ${percent} %`],
  none: ['未告知', 'not reported'],
  nothing: ['该营业日没有检票记录', 'There are no check records of this business date'],
  nothingText: ['请选择其他营业日。', 'Choose another business date.'],
});

export default function Completeness() {
  const t = useWords(WORDS);
  const { of, query, linkTo } = useFilters();
  // Shares its answer with the list.
  const { data } = useJson<CompletenessReply>(withQuery('/completeness.json', query));
  const until = of('until');
  const to = ({ BusinessDate: businessDate, CinemaCode: cinema, Platform: platform }: CompletenessRow) =>
    linkTo({ businessDate, until: '', cinema, platform });
  return (
    <ScreenPage about={t.about} actions={<Downloads />}>
      <Panel>
        {/* The last date that is over. */}
        <FilterBar
          fields={[
            { name: 'businessDate', until: 'until', kind: 'date', usual: dayAfter(businessDateAt(Date.now()), -1) },
          ]}
        />
        {data === undefined ? null : <Summary {...data} until={until} />}
        <ListTable<CompletenessRow>
          words={{ none: t.nothing, noneText: t.nothingText }}
          columns={[
            ...(until === '' ? [] : (['BusinessDate'] as const)),
            { of: 'CinemaCode', to },
            'Platform',
            {
              of: 'Admitted',
              isNumber: true,
              to,
              cell: ({ Admitted }) => (Admitted === null ? t.none : shownCount(Admitted)),
            },
            { of: 'Here', to: (row) => withQuery('/records', asked(row)) },
            { of: 'Missing', to },
            'Unsent',
            { of: 'Quarantined', to: (row) => withQuery('/records', { ...asked(row), state: 'QUARANTINED' }) },
            {
              of: 'Completeness',
              isNumber: true,
              cell: ({ Completeness: share, Alarm, Admitted }) =>
                Admitted === null ? (
                  t.none
                ) : (
                  <span className={Alarm ? 'bad' : undefined}>
                    {shownShare(share)} {Alarm && data ? t.under(data.DemandedPercent) : ''}
                  </span>
                ),
            },
            'CountedAt',
          ]}
          rowKey={({ BusinessDate, CinemaCode, Platform }) => `${BusinessDate} ${CinemaCode} ${Platform}`}
        />
        {of('cinema') === '' ? null : <DifferingHours />}
      </Panel>
    </ScreenPage>
  );
}

/** The check records of a row, as `/records` is asked for them. */
const asked = ({ BusinessDate: businessDate, CinemaCode: cinema, Accounts }: CompletenessRow) => {
  return { businessDate, cinema, account: Accounts.join(',') };
};

function Summary({ BusinessDate, until, IsOver, DemandedPercent, Total }: CompletenessReply & { until: string }) {
  const t = useWords(WORDS);
  return (
    <>
      <p>
        <strong>{t.caption([BusinessDate, until].filter(Boolean).join(' – '))}</strong>{' '}
        {t.total(shownCount(Total.Admitted), shownCount(Total.Reached), shownShare(Total.Completeness))}{' '}
        {Total.Alarms > 0 ? <span className="bad">{t.alarms(Total.Alarms, DemandedPercent)} </span> : null}
        {Total.NotTold > 0 ? <span className="warn">{t.notTold(Total.NotTold)}</span> : null}
      </p>
      {IsOver ? null : <p className="quiet">{t.goesOn}</p>}
    </>
  );
}

/** The result for a cinema and platform: how many hours differ, or why that is unknown. */
type Compared = {
  readonly CinemaCode: string;
  readonly Platform: string;
  readonly BusinessDate: string;
  readonly Reason?: 'not-told' | 'counts-alone';
  readonly ComparedAt?: string | null;
  readonly Hours?: number;
};

type Reconciliation = {
  readonly Findings: readonly HourRow[];
  readonly Cinemas: readonly Compared[];
};

const HOURS_WORDS = inEachLanguage({
  differ: (hours: number, at: string) => [
    `${hours} 个小时不一致（检票平台统计于 ${at}）。请该平台对这一营业日执行 reconcile，逐条列出不一致的记录。`,
    `hours that differ: ${hours} (the platform counted at ${at}). Ask the platform to run reconcile for this date: it lists the records that differ.`,
  ],
  equal: (at: string) => [
    `逐时核对一致（检票平台统计于 ${at}）。`,
    `every hour is the same on both sides (the platform counted at ${at}).`,
  ],
  unknown: {
    'not-told': [
      '检票平台未告知这一营业日的情况，记录是否齐全无从得知。',
      'the platform reported nothing of this date, so it is not known whether all has arrived.',
    ],
    'counts-alone': [
      '检票平台只告知了入场数，营业日结束后才告知各小时的情况。',
      'the platform reported only the number; it reports the hours once the date is over.',
    ],
  },
  hours: ['不一致的小时', 'Hours that differ'],
  hour: ['时段', 'Hour'],
  here: ['本平台', 'Here'],
  below: ['检票平台入场', 'Entries at the platform'],
  counts: ({ Records, Quarantined }: HourRow['Here']) => [
    `${Records}（另有隔离 ${Quarantined}）`,
    `${Records} (and ${Quarantined} quarantined)`,
  ],
});

function DifferingHours() {
  const t = useWords(HOURS_WORDS);
  const since = useSince();
  const { of } = useFilters();
  const asked = {
    businessDate: of('businessDate'),
    until: of('until'),
    cinema: of('cinema'),
    platform: of('platform'),
  };
  const said = ({ Reason, ComparedAt = null, Hours = 0 }: Compared) => {
    if (Reason !== undefined) return t.unknown[Reason];
    return Hours === 0 ? t.equal(since(ComparedAt)) : t.differ(Hours, since(ComparedAt));
  };
  return (
    <Answered<Reconciliation> path={withQuery('/reconciliation.json', asked)}>
      {({ Findings, Cinemas }) => (
        <>
          {Cinemas.map((compared) => (
            <p key={`${compared.BusinessDate} ${compared.Platform}`} className={compared.Hours === 0 ? 'good' : 'warn'}>
              <strong>
                <CinemaName code={compared.CinemaCode} /> {compared.BusinessDate}
              </strong>{' '}
              <AccountName username={compared.Platform} />: {said(compared)}
            </p>
          ))}
          {Findings.length === 0 ? null : (
            <RowsTable<HourRow>
              caption={t.hours}
              columns={[
                { head: t.hour, cell: ({ Hour }) => `${Hour.replace('T', ' ')}:00` },
                'Platform',
                { head: t.here, isNumber: true, cell: ({ Here }) => t.counts(Here) },
                { head: t.below, isNumber: true, cell: ({ Below }) => t.counts(Below) },
              ]}
              rows={Findings}
              rowKey={({ Platform, Hour }) => `${Platform} ${Hour}`}
            />
          )}
        </>
      )}
    </Answered>
  );
}
