import {
  Answered,
  CodeWords,
  type Column,
  Downloads,
  elementIn,
  FilterBar,
  type InEachLanguage,
  ListTable,
  Nothing,
  Panel,
  type ProblemWords,
  RowsTable,
  ScreenLink,
  ScreenPage,
  shownCount,
  shownSecond,
  shownTime,
  useFilters,
  useJson,
  useLanguage,
  useWords,
  withQuery,
} from '@ticket-check/console';

type Counts = { readonly Records: number; readonly Quarantined: number };

type Advised = { readonly Kind: string; readonly Advice: string; readonly AdviceZh: string };

/** A difference as `/reconciliation.json` has it: a record, or an hour with what either side holds. */
type Finding = Advised & {
  readonly CinemaCode: string;
  readonly Platform: string;
  readonly Hour?: string;
  readonly Here?: Counts;
  readonly Below?: Counts;
  readonly RecordId?: string;
  readonly FilmTicketCode?: string;
  readonly CheckTime?: string;
  readonly ErrorCode?: string;
  /** The names of the elements that differ. */
  readonly Elements?: readonly string[];
};

/** What came of a cinema and platform: what there is of each kind, or why that is not known. */
type Compared = {
  readonly CinemaCode: string;
  readonly Platform: string;
  readonly Reason?: 'not-told' | 'counts-alone';
  readonly ComparedAt?: string;
  readonly Hours?: number;
  readonly Kinds?: readonly (Advised & { readonly Records: number })[];
};

type Reconciliation = {
  readonly BusinessDate: string;
  readonly Findings: readonly Finding[];
  readonly Cinemas: readonly Compared[];
};

const zh = {
  title: '不一致之处',
  about:
    '一个营业日里，本平台与检票平台记录不一致的小时，以及检票平台核对时查明的每条记录。先看下表，按差异种类处理；逐条的记录列在其后，可以导出交给检票平台。',
  date: '营业日',
  cinema: '影院编码',
  platform: '检票平台',
  choose: '请选择影院',
  chooseText: '请在上面填写影院编码，或从送达率页面点影院编码进入。',
  caption: (cinema: string, date: string) => `${cinema} ${date}`,
  summary: (platform: string, hours: number, at: string) => `${platform}：${hours} 个小时不一致，核对于 ${at}。`,
  equal: (platform: string, at: string) => `${platform}：逐时核对一致（核对于 ${at}）。`,
  unnamed: '检票平台还没有查明是哪些记录，请要求该平台对这一营业日执行 reconcile。',
  since: '核对之后才发生的变化只显示为不一致的小时；平台最近两个营业日每天核对一次。',
  nothing: '该营业日没有检票记录',
  nothingText: '请选择其他营业日。',
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
  } as Readonly<Record<string, string>>,
  whatToDo: '差异种类与处理办法',
  each: '逐条列出',
  problems: {
    'compared-anew': { title: '检票平台已重新核对', text: '翻页期间差异已更新，请在上面重新查询，从第一页看起。' },
  } as ProblemWords,
  kind: '差异',
  records: '条数',
  which: '记录',
  what: '说明',
  advice: '怎么办',
  sides: (here: Counts, below: Counts) =>
    `本平台 ${here.Records}（另有隔离 ${here.Quarantined}），检票平台 ${below.Records}（另有隔离 ${below.Quarantined}）`,
};
const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: {
    title: 'What differs',
    about:
      'The hours of a business date that do not hold the same here and at the platform, and each record that the platform has found to differ. Begin with the first table: it says what to do about each kind. The records follow, and can be exported for the platform.',
    date: 'Business date',
    cinema: 'Cinema code',
    platform: 'Platform',
    choose: 'Choose a cinema',
    chooseText: 'Enter its code above, or follow the cinema code on the page Completeness.',
    caption: (cinema, date) => `${cinema} on ${date}`,
    summary: (platform, hours, at) =>
      `${platform}: ${hours === 1 ? 'one hour differs' : `${hours} hours differ`}, compared at ${at}.`,
    equal: (platform, at) => `${platform}: hour by hour both hold the same (compared at ${at}).`,
    unnamed: 'The platform has not found which records these are: ask it to run reconcile for this date.',
    since:
      'What has changed since it was compared shows as an hour alone; platforms compare the last two business dates once a day.',
    nothing: 'There are no check records of this business date',
    nothingText: 'Choose another business date.',
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
    },
    whatToDo: 'What to do about each kind',
    each: 'Each of them',
    problems: {
      'compared-anew': {
        title: 'The platform has compared this date anew',
        text: 'What differs was replaced meanwhile. Search again above, to begin with the first page.',
      },
    },
    kind: 'Difference',
    records: 'Records',
    which: 'Record',
    what: 'What',
    advice: 'What to do',
    sides: (here, below) =>
      `here ${here.Records} (and ${here.Quarantined} kept aside), platform ${below.Records} (and ${below.Quarantined} kept aside)`,
  },
};

/** Kinds of records that this platform has no page of. */
const NOT_HERE = ['missing-here', 'refused-here'];

/** What differs of one cinema and business date, and what to do about it. */
export default function Differences() {
  const t = useWords(WORDS);
  const { of, query } = useFilters();
  const asked = new URLSearchParams(query);
  asked.delete('after');
  const isChosen = of('cinema') !== '';
  return (
    <ScreenPage
      title={t.title}
      actions={isChosen ? <Downloads path="/reconciliation" query={asked.toString()} /> : undefined}
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
        {isChosen ? null : <Nothing title={t.choose} text={t.chooseText} />}
      </Panel>
      {isChosen ? <Found /> : null}
    </ScreenPage>
  );
}

function Found() {
  const t = useWords(WORDS);
  const language = useLanguage();
  const { query } = useFilters();
  // The first part of the list says what there is in all.
  const first = new URLSearchParams(query);
  first.delete('after');
  const answer = useJson<Reconciliation>(withQuery('/reconciliation.json', first.toString()));
  const columns: readonly Column<Finding>[] = [
    { head: t.kind, cell: ({ Kind }) => t.kinds[Kind] ?? Kind },
    { head: t.platform, cell: ({ Platform }) => Platform },
    {
      head: t.which,
      cell: ({ Kind, RecordId, FilmTicketCode, CheckTime = null, Hour }) =>
        Hour !== undefined ? (
          <strong>{Hour.replace('T', ' ')}:00</strong>
        ) : (
          <>
            {NOT_HERE.includes(Kind) ? (
              shownSecond(CheckTime)
            ) : (
              <ScreenLink href={`/records/${RecordId}`}>{shownSecond(CheckTime)}</ScreenLink>
            )}
            <div className="quiet">
              <code>{FilmTicketCode}</code>
            </div>
          </>
        ),
    },
    {
      head: t.what,
      cell: ({ Here, Below, ErrorCode, Elements = [] }) => (
        <>
          {Here !== undefined && Below !== undefined ? t.sides(Here, Below) : null}
          {ErrorCode === undefined ? null : <CodeWords code={ErrorCode} />}
          {Elements.map((name) => elementIn(name, language)).join(language === 'zh' ? '、' : ', ')}
        </>
      ),
    },
  ];
  return (
    <Answered query={answer} words={t.problems}>
      {({ BusinessDate, Findings, Cinemas }) => (
        <>
          <Panel title={t.whatToDo}>
            {Cinemas.length === 0 ? <Nothing title={t.nothing} text={t.nothingText} /> : null}
            {Cinemas.map((compared) => (
              <Summary key={compared.Platform} date={BusinessDate} {...compared} />
            ))}
          </Panel>
          {Findings.length === 0 ? null : (
            <Panel title={t.each}>
              <ListTable<Finding>
                path="/reconciliation.json"
                name="Findings"
                caption={t.each}
                columns={columns}
                problems={t.problems}
                rowKey={({ Platform, Kind, Hour, RecordId, CheckTime }) =>
                  [Platform, Kind, Hour, RecordId, CheckTime].join(' ')
                }
              />
            </Panel>
          )}
        </>
      )}
    </Answered>
  );
}

/** Of a cinema and platform, how many differences there are of each kind, and what to do about these. */
function Summary({
  date,
  CinemaCode,
  Platform,
  Reason,
  ComparedAt,
  Hours = 0,
  Kinds = [],
}: Compared & { date: string }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  if (Reason !== undefined) return <p className="warn">{t.reasons[Reason](Platform)}</p>;
  const at = shownTime(ComparedAt ?? null);
  if (Hours === 0) return <p className="good">{t.equal(Platform, at)}</p>;
  return (
    <>
      <p>
        <strong>{t.caption(CinemaCode, date)}</strong> {t.summary(Platform, Hours, at)}{' '}
        {Kinds.length === 0 ? t.unnamed : null} <span className="quiet">{t.since}</span>
      </p>
      {Kinds.length === 0 ? null : (
        <RowsTable<Advised & { Records: number }>
          caption={t.whatToDo}
          columns={[
            { head: t.kind, cell: ({ Kind }) => t.kinds[Kind] ?? Kind },
            { head: t.records, isNumber: true, cell: ({ Records }) => shownCount(Records) },
            { head: t.advice, cell: ({ Advice, AdviceZh }) => (language === 'zh' ? AdviceZh : Advice) },
          ]}
          rows={Kinds}
          rowKey={({ Kind }) => Kind}
        />
      )}
    </>
  );
}
