import {
  Answered,
  type Column,
  Downloads,
  FilterBar,
  type InEachLanguage,
  Nothing,
  Panel,
  RowsTable,
  ScreenPage,
  shownTime,
  useFilters,
  useJson,
  useLanguage,
  useWords,
  withQuery,
} from '@ticket-check/console';

type Counts = { readonly Records: number; readonly Quarantined: number };

/** A differing hour in `/reconciliation.json`. */
type Finding = {
  readonly Platform: string;
  readonly Hour: string;
  readonly Here: Counts;
  readonly Below: Counts;
};

/** The result for a cinema and platform: how many hours differ, or why that is unknown. */
type Compared = {
  readonly CinemaCode: string;
  readonly Platform: string;
  readonly Reason?: 'not-told' | 'counts-alone';
  readonly Advice?: string;
  readonly AdviceZh?: string;
  readonly ComparedAt?: string;
  readonly Hours?: number;
};

type Reconciliation = {
  readonly BusinessDate: string;
  readonly Findings: readonly Finding[];
  readonly Cinemas: readonly Compared[];
};

const zh = {
  title: '不一致之处',
  about: '一个营业日里，本平台与检票平台记录不一致的小时。请该平台对这一营业日执行 reconcile，逐条列出不一致的记录。',
  date: '营业日',
  cinema: '影院编码',
  platform: '检票平台',
  choose: '请选择影院',
  chooseText: '请在上面填写影院编码，或从送达率页面点影院编码进入。',
  caption: (cinema: string, date: string) => `${cinema} ${date}`,
  differ: (platform: string, hours: number, at: string) => `${platform}：${hours} 个小时不一致，检票平台统计于 ${at}。`,
  equal: (platform: string, at: string) => `${platform}：逐时核对一致（检票平台统计于 ${at}）。`,
  nothing: '该营业日没有检票记录',
  nothingText: '请选择其他营业日。',
  hours: '不一致的小时',
  hour: '时段',
  here: '本平台',
  below: '检票平台',
  counts: ({ Records, Quarantined }: Counts) => `${Records}（另有隔离 ${Quarantined}）`,
};
const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: {
    title: 'What differs',
    about:
      'The hours of a business date whose records differ between here and the platform. Ask the platform to run reconcile for this date: it lists the records that differ.',
    date: 'Business date',
    cinema: 'Cinema code',
    platform: 'Platform',
    choose: 'Choose a cinema',
    chooseText: 'Enter its code above, or follow a cinema code on the page Completeness.',
    caption: (cinema, date) => `${cinema} on ${date}`,
    differ: (platform, hours, at) =>
      `${platform}: ${hours === 1 ? 'one hour differs' : `${hours} hours differ`}; the platform counted at ${at}.`,
    equal: (platform, at) => `${platform}: every hour is the same on both sides (the platform counted at ${at}).`,
    nothing: 'There are no check records of this business date',
    nothingText: 'Choose another business date.',
    hours: 'Hours that differ',
    hour: 'Hour',
    here: 'Here',
    below: 'Platform',
    counts: ({ Records, Quarantined }) => `${Records} (and ${Quarantined} quarantined)`,
  },
};

/** Which hours of a cinema and business date differ, and what to do about it. */
export default function Differences() {
  const t = useWords(WORDS);
  const { of, query } = useFilters();
  const isChosen = of('cinema') !== '';
  return (
    <ScreenPage
      title={t.title}
      actions={isChosen ? <Downloads path="/reconciliation" query={query.toString()} /> : undefined}
    >
      <p className="quiet">{t.about}</p>
      <Panel>
        <FilterBar
          fields={[
            { name: 'businessDate', label: t.date, kind: 'date' },
            { name: 'cinema', label: t.cinema, kind: 'text' },
            { name: 'platform', label: t.platform, kind: 'text' },
          ]}
        />
        {isChosen ? <Found /> : <Nothing title={t.choose} text={t.chooseText} />}
      </Panel>
    </ScreenPage>
  );
}

function Found() {
  const t = useWords(WORDS);
  const { query } = useFilters();
  const answer = useJson<Reconciliation>(withQuery('/reconciliation.json', query.toString()));
  const columns: readonly Column<Finding>[] = [
    { head: t.hour, cell: ({ Hour }) => `${Hour.replace('T', ' ')}:00` },
    { head: t.platform, cell: ({ Platform }) => Platform },
    { head: t.here, isNumber: true, cell: ({ Here }) => t.counts(Here) },
    { head: t.below, isNumber: true, cell: ({ Below }) => t.counts(Below) },
  ];
  return (
    <Answered query={answer}>
      {({ BusinessDate, Findings, Cinemas }) => (
        <>
          {Cinemas.length === 0 ? <Nothing title={t.nothing} text={t.nothingText} /> : null}
          {Cinemas.map((compared) => (
            <Summary key={compared.Platform} date={BusinessDate} {...compared} />
          ))}
          {Findings.length === 0 ? null : (
            <RowsTable<Finding>
              caption={t.hours}
              columns={columns}
              rows={Findings}
              rowKey={({ Platform, Hour }) => `${Platform} ${Hour}`}
            />
          )}
        </>
      )}
    </Answered>
  );
}

function Summary({
  date,
  CinemaCode,
  Platform,
  Reason,
  ComparedAt,
  Hours = 0,
  ...advice
}: Compared & { date: string }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const at = shownTime(ComparedAt ?? null);
  return (
    <p className={Reason === undefined && Hours === 0 ? 'good' : 'warn'}>
      <strong>{t.caption(CinemaCode, date)}</strong>{' '}
      {Reason !== undefined
        ? `${Platform}: ${language === 'zh' ? advice.AdviceZh : advice.Advice}`
        : Hours === 0
          ? t.equal(Platform, at)
          : t.differ(Platform, Hours, at)}
    </p>
  );
}
