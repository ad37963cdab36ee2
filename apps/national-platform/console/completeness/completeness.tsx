import {
  Answered,
  CodeWords,
  type Column,
  FilterBar,
  type InEachLanguage,
  ListTable,
  Nothing,
  Panel,
  RowsTable,
  ScreenLink,
  ScreenPage,
  shownCount,
  shownSecond,
  shownShare,
  shownTime,
  useFilters,
  useJson,
  useLanguage,
  useWords,
  withQuery,
} from '@ticket-check/console';

/** A cinema and platform as `/completeness.json` has it; null where the platform did not tell. */
type Day = {
  readonly CinemaCode: string;
  readonly Platform: string;
  readonly Here: number;
  readonly Quarantined: number;
  readonly Admitted: number | null;
  readonly Missing: number | null;
  readonly Completeness: number | null;
  readonly Alarm: boolean;
  readonly CountedAt: string | null;
};

type Told = {
  readonly BusinessDate: string;
  readonly IsOver: boolean;
  readonly DemandedPercent: number;
  readonly Total: {
    readonly Admitted: number;
    readonly Reached: number;
    readonly Completeness: number | null;
    readonly Alarms: number;
    readonly NotTold: number;
  };
  readonly Days: readonly Day[];
};

type Counts = { readonly Records: number; readonly Quarantined: number };

/** A difference as `/reconciliation.json` has it: a record, or an hour with what either side holds. */
type Finding = {
  readonly Kind: string;
  readonly Platform: string;
  readonly Hour?: string;
  readonly Here?: Counts;
  readonly Below?: Counts;
  readonly RecordId?: string;
  /** How many more records differ than are told. */
  readonly More?: number;
  readonly FilmTicketCode?: string;
  readonly CheckTime?: string;
  readonly ErrorCode?: string;
  readonly Advice: string;
  readonly AdviceZh: string;
};

type Reconciliation = {
  readonly Findings: readonly Finding[];
  /** So many more findings are counted and not told. */
  readonly LeftOut: number;
  readonly Cinemas: readonly {
    readonly CinemaCode: string;
    readonly Platform: string;
    readonly Reason?: 'not-told' | 'counts-alone';
  }[];
};

const zh = {
  title: '送达率',
  about:
    '检票平台告知的入场数，与本平台已收到的检票记录（含隔离）。不选日期即最近一个已结束的营业日。未告知的平台只按规范通信，其送达率无从得知。点影院编码查看不一致之处。',
  date: '营业日',
  cinema: '影院编码',
  platform: '检票平台',
  caption: (date: string) => `${date} 的送达率`,
  total: (admitted: string, reached: string, share: string) =>
    `平台告知入场 ${admitted}，已收到 ${reached}，送达率 ${share}`,
  alarms: (count: number, percent: number) => `${count} 项低于 ${percent}%`,
  notTold: (count: number) => `${count} 项未告知`,
  goesOn: '该营业日尚未结束，部分记录正在报送。',
  columns: {
    admitted: '平台告知入场',
    here: '已收到',
    missing: '未收到',
    quarantined: '隔离',
    share: '送达率',
    told: '统计时间',
  },
  under: (percent: number) => `低于 ${percent}%`,
  none: '未告知',
  nothing: '该营业日没有检票记录',
  nothingText: '请选择其他营业日。',
  differences: (cinema: string) => `${cinema} 的不一致之处`,
  equal: '逐时核对一致。',
  reasons: {
    'not-told': (platform: string) => `${platform}：未告知，无法核对。`,
    'counts-alone': (platform: string) => `${platform}：只告知了入场数；营业日结束后逐时核对。`,
  },
  kinds: {
    'hour-differs': '该小时不一致',
    'missing-here': '本平台没有收到',
    'refused-here': '本平台拒收',
    'missing-below': '检票平台没有',
    'quarantined-here': '本平台已隔离',
    'quarantined-below': '检票平台已隔离',
    'undone-here': '本平台已撤销',
    'undone-below': '检票平台已撤销',
    differs: '内容不一致',
    'more-differences': '另有差异未列出',
  } as Readonly<Record<string, string>>,
  kind: '差异',
  which: '记录',
  sides: (here: Counts, below: Counts) =>
    `本平台 ${here.Records}（另有隔离 ${here.Quarantined}），检票平台 ${below.Records}（另有隔离 ${below.Quarantined}）`,
  more: (count: string) => `另有 ${count} 条`,
  leftOut: (count: string) => `另有 ${count} 项未列出，请执行 reconcile 查看全部。`,
  advice: '怎么办',
};
const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: {
    title: 'Completeness',
    about:
      'What each platform told that it admitted, and the records that have arrived here, those kept aside too. Where no date is chosen, the last one that is over. Platforms that told nothing speak the scheme alone: of them it is not known. A cinema code leads to what differs.',
    date: 'Business date',
    cinema: 'Cinema code',
    platform: 'Platform',
    caption: (date) => `Completeness of ${date}`,
    total: (admitted, reached, share) => `Admitted, as told: ${admitted}; arrived: ${reached}; completeness ${share}`,
    alarms: (count, percent) => `${count} under ${percent} %`,
    notTold: (count) => `${count} not told`,
    goesOn: 'This business date is not over: some records are on their way.',
    columns: {
      admitted: 'Admitted, as told',
      here: 'Arrived',
      missing: 'Missing',
      quarantined: 'Quarantined',
      share: 'Completeness',
      told: 'Counted at',
    },
    under: (percent) => `under ${percent} %`,
    none: 'not told',
    nothing: 'There are no check records of this business date',
    nothingText: 'Choose another business date.',
    differences: (cinema) => `What differs at ${cinema}`,
    equal: 'Hour by hour both hold the same.',
    reasons: {
      'not-told': (platform) => `${platform} told nothing: it cannot be compared.`,
      'counts-alone': (platform) => `${platform} told the number alone; hours are compared once the date is over.`,
    },
    kinds: {
      'hour-differs': 'the hour differs',
      'missing-here': 'missing here',
      'refused-here': 'refused here',
      'missing-below': 'missing at the platform',
      'quarantined-here': 'quarantined here',
      'quarantined-below': 'quarantined at the platform',
      'undone-here': 'undone here alone',
      'undone-below': 'undone at the platform alone',
      differs: 'not the same',
      'more-differences': 'more than are listed',
    },
    kind: 'Difference',
    which: 'Record',
    sides: (here, below) =>
      `here ${here.Records} (and ${here.Quarantined} kept aside), platform ${below.Records} (and ${below.Quarantined} kept aside)`,
    more: (count) => `${count} more`,
    leftOut: (count) => `${count} more are not listed: run reconcile to see all of them.`,
    advice: 'What to do',
  },
};

/** Kinds of records that this platform has no page of. */
const NOT_HERE = ['missing-here', 'refused-here'];

/** What arrived of what was admitted, for each cinema and platform of a business date. */
export default function Completeness() {
  const t = useWords(WORDS);
  const { of, query } = useFilters();
  // The list follows the same answer, and what it is told.
  const answer = useJson<Told>(withQuery('/completeness.json', query));
  // Of earlier days next to nothing changes any more.
  const isFollowed = of('businessDate') === '' || answer.data?.IsOver === false;
  const linkTo = (cinema: string) => {
    const asked = new URLSearchParams(query);
    asked.delete('after');
    asked.set('cinema', cinema);
    return `/completeness?${asked}`;
  };
  const columns = (percent: number): readonly Column<Day>[] => [
    { head: t.cinema, cell: ({ CinemaCode }) => <ScreenLink href={linkTo(CinemaCode)}>{CinemaCode}</ScreenLink> },
    { head: t.platform, cell: ({ Platform }) => Platform },
    { head: t.columns.admitted, isNumber: true, cell: ({ Admitted }) => countOf(Admitted, t.none) },
    { head: t.columns.here, isNumber: true, cell: ({ Here }) => shownCount(Here) },
    { head: t.columns.missing, isNumber: true, cell: ({ Missing }) => countOf(Missing, '–') },
    { head: t.columns.quarantined, isNumber: true, cell: ({ Quarantined }) => shownCount(Quarantined) },
    {
      head: t.columns.share,
      isNumber: true,
      cell: ({ Completeness: share, Alarm, Admitted }) =>
        Admitted === null ? (
          t.none
        ) : (
          <span className={Alarm ? 'bad' : undefined}>
            {shownShare(share)} {Alarm ? t.under(percent) : ''}
          </span>
        ),
    },
    { head: t.columns.told, cell: ({ CountedAt }) => shownTime(CountedAt) },
  ];
  return (
    <ScreenPage title={t.title}>
      <p className="quiet">{t.about}</p>
      <Panel>
        <FilterBar
          fields={[
            { name: 'businessDate', label: t.date, kind: 'date' },
            { name: 'cinema', label: t.cinema, kind: 'text' },
            { name: 'platform', label: t.platform, kind: 'text' },
          ]}
        />
        <Answered query={answer}>
          {({ BusinessDate, IsOver, DemandedPercent, Total }) => (
            <>
              <p>
                <strong>{t.caption(BusinessDate)}</strong>{' '}
                {t.total(shownCount(Total.Admitted), shownCount(Total.Reached), shownShare(Total.Completeness))}{' '}
                {Total.Alarms > 0 ? <span className="bad">{t.alarms(Total.Alarms, DemandedPercent)} </span> : null}
                {Total.NotTold > 0 ? <span className="warn">{t.notTold(Total.NotTold)}</span> : null}
              </p>
              {IsOver ? null : <p className="quiet">{t.goesOn}</p>}
            </>
          )}
        </Answered>
        <ListTable<Day>
          path="/completeness.json"
          name="Days"
          {...(isFollowed && { live: 'completeness' })}
          caption={t.title}
          columns={columns(answer.data?.DemandedPercent ?? 98)}
          rowKey={({ CinemaCode, Platform }) => `${CinemaCode} ${Platform}`}
          empty={<Nothing title={t.nothing} text={t.nothingText} />}
        />
      </Panel>
      {of('cinema') === '' ? null : (
        <Differences cinema={of('cinema')} date={of('businessDate')} platform={of('platform')} />
      )}
    </ScreenPage>
  );
}

/** What differs of one cinema, and what to do about it. */
function Differences({ cinema, date, platform }: { cinema: string; date: string; platform: string }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const asked = new URLSearchParams({
    cinema,
    ...(date !== '' && { businessDate: date }),
    ...(platform !== '' && { platform }),
  });
  const answer = useJson<Reconciliation>(`/reconciliation.json?${asked}`);
  const columns: readonly Column<Finding>[] = [
    { head: t.kind, cell: ({ Kind }) => t.kinds[Kind] ?? Kind },
    { head: t.platform, cell: ({ Platform }) => Platform },
    {
      head: t.which,
      cell: ({ Kind, RecordId, FilmTicketCode, CheckTime, Hour, Here, Below, More }) =>
        More !== undefined ? (
          t.more(shownCount(More))
        ) : Hour !== undefined && Here !== undefined && Below !== undefined ? (
          <>
            {Hour.replace('T', ' ')}:00
            <div className="quiet">{t.sides(Here, Below)}</div>
          </>
        ) : (
          <>
            {NOT_HERE.includes(Kind) ? (
              shownSecond(CheckTime ?? null)
            ) : (
              <ScreenLink href={`/records/${RecordId}`}>{shownSecond(CheckTime ?? null)}</ScreenLink>
            )}
            <div className="quiet">
              <code>{FilmTicketCode}</code>
            </div>
          </>
        ),
    },
    {
      head: t.advice,
      cell: ({ ErrorCode, Advice, AdviceZh }) => (
        <>
          {ErrorCode === undefined ? null : <CodeWords code={ErrorCode} />}
          {language === 'zh' ? AdviceZh : Advice}
        </>
      ),
    },
  ];
  return (
    <Panel title={t.differences(cinema)}>
      <Answered query={answer}>
        {({ Findings, LeftOut, Cinemas }) => (
          <>
            {Cinemas.map(({ Platform, Reason }) =>
              Reason === undefined ? null : <p key={Platform}>{t.reasons[Reason](Platform)}</p>,
            )}
            {Findings.length > 0 ? (
              <RowsTable<Finding>
                caption={t.differences(cinema)}
                columns={columns}
                rows={Findings}
                rowKey={({ Platform, Hour, RecordId, CheckTime }) => [Platform, Hour, RecordId, CheckTime].join(' ')}
              />
            ) : Cinemas.length === 0 ? (
              <p>{t.nothing}</p>
            ) : Cinemas.every(({ Reason }) => Reason === undefined) ? (
              <p>{t.equal}</p>
            ) : null}
            {LeftOut > 0 ? <p className="warn">{t.leftOut(shownCount(LeftOut))}</p> : null}
          </>
        )}
      </Answered>
    </Panel>
  );
}

const countOf = (count: number | null, none: string) => (count === null ? none : shownCount(count));
