import { Button } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { type InEachLanguage, useLanguage, useWords } from '../begin/language.ts';
import { readOther } from '../data/client.ts';
import { FilterBar } from '../list/filter-bar.tsx';
import { RowsTable } from '../list/list-table.tsx';
import { useFilters, withQuery } from '../list/use-filters.ts';
import { CodeWords } from '../look/code-words.tsx';
import { shownSecond, shownText } from '../look/shown.ts';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { ProblemNotice, type ProblemWords } from '../states/problem-notice.tsx';
import { Downloads } from './downloads.tsx';
import { elementIn } from './element-words.ts';

/** A difference, a line of `/reconciliation.ndjson`. */
type Finding = {
  readonly Kind: string;
  readonly RecordId: string;
  readonly CinemaCode: string;
  readonly FilmTicketCode: string;
  readonly CheckTime: string;
  readonly ErrorCode?: string;
  readonly Elements?: Readonly<Record<string, { readonly Here: unknown; readonly Upstream: unknown }>>;
  readonly Advice: string;
  readonly AdviceZh: string;
};

type Cinema = { readonly CinemaCode: string; readonly Compared?: string; readonly Failure?: string };

type Step = {
  readonly Begun?: { readonly BusinessDate: string; readonly At: string; readonly Cinemas: readonly string[] };
  readonly Finding?: Finding;
  readonly Cinema?: Cinema;
  readonly Done?: { readonly Differing: number; readonly Failed: number; readonly Told: number };
};

type Run = {
  readonly begun: Step['Begun'] | null;
  readonly findings: readonly Finding[];
  readonly cinemas: readonly Cinema[];
  readonly done: Step['Done'] | null;
};

const NOTHING_YET: Run = { begun: null, findings: [], cinemas: [], done: null };

const WORDS: InEachLanguage<{
  title: string;
  about: string;
  date: string;
  cinema: string;
  begin: string;
  stop: string;
  progress(done: number, all: number): string;
  equal: string;
  differing(count: number): string;
  failed(count: number): string;
  byStatus: string;
  kinds: Readonly<Record<string, string>>;
  columns: { kind: string; record: string; difference: string; advice: string };
  sides(here: string, upstream: string): string;
  more(count: number): string;
  problems: ProblemWords;
}> = {
  zh: {
    title: '对账',
    about:
      '将一个营业日的检票记录与上级平台逐条比较。需要一些时间；离开本页即停止。地址中有营业日和影院时，打开本页即开始。完成后可以导出，导出时重新比较一次。',
    date: '营业日',
    cinema: '影院编码',
    begin: '开始对账',
    stop: '停止',
    progress: (done, all) => `正在对账：已完成 ${done} / ${all} 家影院`,
    equal: '对账完成：两边一致',
    differing: (count) => `对账完成：${count} 条记录不一致`,
    failed: (count) => `${count} 家影院未能对账`,
    byStatus: '上级平台不提供记录清单，只能按报送状态比较',
    kinds: {
      'missing-upstream': '上级没有这条记录',
      'refused-upstream': '上级拒收',
      'missing-here': '本地没有这条记录',
      'quarantined-upstream': '上级已隔离',
      'quarantined-here': '本地已隔离，上级计为入场',
      'undone-here': '本地已撤销，上级计为入场',
      'undone-upstream': '上级已撤销，本地计为入场',
      differs: '内容不一致',
      'undelivered-upstream': '上级尚未继续上报',
      'on-its-way': '正在报送',
      completed: '已由上级补全',
    },
    columns: { kind: '差异', record: '记录', difference: '不一致的内容', advice: '怎么办' },
    sides: (here, upstream) => `本地 ${here}，上级 ${upstream}`,
    more: (count) => `另有 ${count} 条未列出`,
    problems: {
      'no-upstream': { title: '尚未设置上级平台', text: '没有可以比较的对象；请管理员先用 upstream set 设置。' },
      busy: { title: '您的另一次对账或导出还在进行', text: '请等它完成后再试。' },
    },
  },
  en: {
    title: 'Reconciliation',
    about:
      'Compares the check records of a business date with the platform above, one by one. It takes a while, and ends when this page is left. Where the address holds a date and a cinema, it begins when the page is opened. When it is done it can be exported, which compares once more.',
    date: 'Business date',
    cinema: 'Cinema code',
    begin: 'Compare',
    stop: 'Stop',
    progress: (done, all) => `Comparing: ${done} of ${all} cinemas are done`,
    equal: 'Done: both sides hold the same',
    differing: (count) => `Done: ${count} records differ`,
    failed: (count) => `${count} cinemas could not be compared`,
    byStatus: 'The platform above lists no records: compared by how each was sent',
    kinds: {
      'missing-upstream': 'missing upstream',
      'refused-upstream': 'refused upstream',
      'missing-here': 'missing here',
      'quarantined-upstream': 'quarantined upstream',
      'quarantined-here': 'quarantined only here',
      'undone-here': 'undone only here',
      'undone-upstream': 'undone only upstream',
      differs: 'not the same',
      'undelivered-upstream': 'not passed on upstream',
      'on-its-way': 'on its way',
      completed: 'completed upstream',
    },
    columns: { kind: 'Difference', record: 'Record', difference: 'What differs', advice: 'What to do' },
    sides: (here, upstream) => `here ${here}, upstream ${upstream}`,
    more: (count) => `${count} more are not listed`,
    problems: {
      'no-upstream': {
        title: 'No platform above is set',
        text: 'There is nothing to compare with; an administrator sets it with upstream set.',
      },
      busy: { title: 'Another comparison or file of yours is under way', text: 'Try again when it is done.' },
    },
  },
};

/** Compares a day with the platform above while one looks on. */
export default function ReconciliationScreen() {
  const t = useWords(WORDS);
  const { query, of } = useFilters();
  const [run, setRun] = useState<Run>(NOTHING_YET);
  const [error, setError] = useState<unknown>(null);
  const [isRunning, setRunning] = useState(false);
  const stopping = useRef<AbortController | null>(null);

  async function compare() {
    const stop = new AbortController();
    stopping.current = stop;
    setRun(NOTHING_YET);
    setError(null);
    setRunning(true);
    try {
      const response = await readOther(withQuery('/reconciliation.ndjson', query), stop.signal);
      for await (const line of linesOf(response)) {
        const step = JSON.parse(line) as Step;
        setRun((before) => ({
          begun: step.Begun ?? before.begun,
          findings: step.Finding === undefined ? before.findings : [...before.findings, step.Finding],
          cinemas: step.Cinema === undefined ? before.cinemas : [...before.cinemas, step.Cinema],
          done: step.Done ?? before.done,
        }));
      }
    } catch (failed) {
      if (!stop.signal.aborted) setError(failed);
    } finally {
      setRunning(false);
    }
  }

  // The address of a cinema's date shows its differences at once; all cinemas of a date take too long to start without being
  // asked.
  const opened = useRef(() => {
    if (of('businessDate') !== '' && of('cinema') !== '') void compare();
  });
  useEffect(() => {
    opened.current();
    return () => stopping.current?.abort();
  }, []);

  return (
    <ScreenPage
      title={t.title}
      actions={isRunning || run.done === null ? undefined : <Downloads path="/reconciliation" query={query} />}
    >
      <p className="quiet">{t.about}</p>
      <Panel>
        <FilterBar
          fields={[
            { name: 'businessDate', label: t.date, kind: 'date' },
            { name: 'cinema', label: t.cinema, kind: 'text' },
          ]}
        />
        {isRunning ? (
          <Button onClick={() => stopping.current?.abort()}>{t.stop}</Button>
        ) : (
          <Button type="primary" onClick={() => void compare()}>
            {t.begin}
          </Button>
        )}
        {error === null ? null : <ProblemNotice error={error} words={t.problems} retry={() => void compare()} />}
        <Result run={run} isRunning={isRunning} />
      </Panel>
    </ScreenPage>
  );
}

function Result({ run: { begun, findings, cinemas, done }, isRunning }: { run: Run; isRunning: boolean }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const failed = cinemas.filter(({ Failure }) => Failure !== undefined);
  return (
    <>
      <div role="status">
        {begun !== null && begun !== undefined && isRunning ? (
          <p>{t.progress(cinemas.length, begun.Cinemas.length)}</p>
        ) : null}
        {done ? (
          <p className={done.Differing === 0 && done.Failed === 0 ? 'good' : 'warn'}>
            {done.Differing === 0 ? (done.Failed === 0 ? t.equal : '') : t.differing(done.Differing)}{' '}
            {done.Failed === 0 ? '' : t.failed(done.Failed)}
          </p>
        ) : null}
        {cinemas.some(({ Compared }) => Compared === 'status') ? <p className="quiet">{t.byStatus}</p> : null}
      </div>
      {failed.map(({ CinemaCode, Failure }) => (
        <p key={CinemaCode} className="bad">
          {CinemaCode}: {Failure}
        </p>
      ))}
      {findings.length === 0 ? null : (
        <RowsTable<Finding>
          caption={t.title}
          rows={findings}
          rowKey={({ Kind, RecordId, CheckTime }) => `${Kind} ${RecordId} ${CheckTime}`}
          columns={[
            {
              head: t.columns.kind,
              cell: ({ Kind, ErrorCode }) => (
                <>
                  {t.kinds[Kind] ?? Kind}
                  {ErrorCode ? <CodeWords code={ErrorCode} /> : null}
                </>
              ),
            },
            {
              head: t.columns.record,
              cell: ({ Kind, RecordId, CheckTime, FilmTicketCode, CinemaCode }) => (
                <>
                  {Kind === 'missing-here' ? (
                    shownSecond(CheckTime)
                  ) : (
                    <Link href={`/records/${RecordId}`}>{shownSecond(CheckTime)}</Link>
                  )}
                  <div className="quiet">
                    <code>{FilmTicketCode}</code> · {CinemaCode}
                  </div>
                </>
              ),
            },
            {
              head: t.columns.difference,
              cell: ({ Elements = {} }) =>
                Object.entries(Elements).map(([name, { Here, Upstream }]) => (
                  <div key={name}>
                    {elementIn(name, language)}
                    {language === 'zh' ? '：' : ': '}
                    {t.sides(shownText(String(Here ?? '')), shownText(String(Upstream ?? '')))}
                  </div>
                )),
            },
            { head: t.columns.advice, cell: ({ Advice, AdviceZh }) => (language === 'zh' ? AdviceZh : Advice) },
          ]}
        />
      )}
      {done && done.Differing > findings.length ? (
        <p className="warn">{t.more(done.Differing - findings.length)}</p>
      ) : null}
    </>
  );
}

/** The lines of an answer as they come. */
async function* linesOf(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
