import {
  Answered,
  type Column,
  type InEachLanguage,
  RowsTable,
  shownTime,
  useFilters,
  useJson,
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
  readonly ComparedAt?: string;
  readonly Hours?: number;
};

type Reconciliation = {
  readonly BusinessDate: string;
  readonly Findings: readonly Finding[];
  readonly Cinemas: readonly Compared[];
};

const zh = {
  caption: (cinema: string, date: string) => `${cinema} ${date}`,
  differ: (hours: number, at: string) =>
    `${hours} 个小时不一致（检票平台统计于 ${at}）。请该平台对这一营业日执行 reconcile，逐条列出不一致的记录。`,
  equal: (at: string) => `逐时核对一致（检票平台统计于 ${at}）。`,
  unknown: {
    'not-told': '检票平台未告知这一营业日的情况，记录是否齐全无从得知。',
    'counts-alone': '检票平台只告知了入场数，营业日结束后才告知各小时的情况。',
  },
  hours: '不一致的小时',
  hour: '时段',
  platform: '检票平台',
  here: '本平台',
  below: '检票平台入场',
  counts: ({ Records, Quarantined }: Counts) => `${Records}（另有隔离 ${Quarantined}）`,
};
const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: {
    caption: (cinema, date) => `${cinema} on ${date}`,
    differ: (hours, at) =>
      `${hours === 1 ? 'one hour differs' : `${hours} hours differ`} (the platform counted at ${at}). Ask the platform to run reconcile for this date: it lists the records that differ.`,
    equal: (at) => `every hour is the same on both sides (the platform counted at ${at}).`,
    unknown: {
      'not-told': 'the platform reported nothing of this date, so it is not known whether all has arrived.',
      'counts-alone': 'the platform reported only the number; it reports the hours once the date is over.',
    },
    hours: 'Hours that differ',
    hour: 'Hour',
    platform: 'Platform',
    here: 'Here',
    below: 'Entries at the platform',
    counts: ({ Records, Quarantined }) => `${Records} (and ${Quarantined} quarantined)`,
  },
};

/** The hours of the chosen cinema and business date that differ. */
export function DifferingHours() {
  const t = useWords(WORDS);
  const { query } = useFilters();
  const answer = useJson<Reconciliation>(withQuery('/reconciliation.json', query));
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

function Summary({ date, CinemaCode, Platform, Reason, ComparedAt, Hours = 0 }: Compared & { date: string }) {
  const t = useWords(WORDS);
  const at = shownTime(ComparedAt ?? null);
  return (
    <p className={Reason === undefined && Hours === 0 ? 'good' : 'warn'}>
      <strong>{t.caption(CinemaCode, date)}</strong> {Platform}:{' '}
      {Reason !== undefined ? t.unknown[Reason] : Hours === 0 ? t.equal(at) : t.differ(Hours, at)}
    </p>
  );
}
