import type { ComparedBesides, DifferenceRow, ReconciledRow } from '@ticket-check/admin/rows';
import { DIFFERENCE_NAMES } from '@ticket-check/protocol/element-names';
import { Button } from 'antd';
import { useEffect, useState } from 'react';
import { inEachLanguage, named, useLanguage, useWords } from '../begin/begun.ts';
import { useJson } from '../data/use-json.ts';
import { Downloads } from '../list/downloads.tsx';
import { FilterBar } from '../list/filter-bar.tsx';
import { RowsTable, TablePanel } from '../list/list-table.tsx';
import { useFilters, withQuery } from '../list/use-filters.ts';
import { CodeWords } from '../look/code-words.tsx';
import { Element, elementName } from '../look/element.tsx';
import { Cinema, CinemaName, Ticket } from '../look/names.tsx';
import { epochOf, shownCount, shownSpan } from '../look/shown.ts';
import { Since } from '../look/since.tsx';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { Answered } from '../states/states.tsx';

type Reconciliation = ComparedBesides & { readonly BusinessDate: string; readonly Findings: readonly DifferenceRow[] };

const WORDS = inEachLanguage({
  about: [
    '将一个或最多 31 个营业日的检票记录与上级平台比较：逐小时核对，不一致的小时逐条列出。所有影院一起比较需要一些时间。完成后可以导出，导出时重新比较一次。',
    'Compares the check records of a business date, or of up to 31, with the platform above, hour by hour, and lists the records of the hours that differ. All cinemas together take a while. The result can be exported, which compares once more.',
  ],
  begin: ['开始对账', 'Compare'],
  equal: ['对账完成：两边一致', 'Done: both sides hold the same'],
  differing: (count: number) => [`对账完成：${count} 条记录不一致`, `Done: ${count} records differ`],
  what: (date: string, records: string, cinemas: number, took: string) => [
    `营业日 ${date}：${cinemas} 家影院，本地 ${records} 条检票记录，用时 ${took}`,
    `${date}: check records here: ${records}, cinemas: ${cinemas}, compared in ${took}`,
  ],
  last: ['最近对账', 'Last comparisons'],
  took: ['用时', 'Took'],
  failed: (count: number) => [`${count} 家影院未能对账`, `${count} cinemas could not be compared`],
  byStatus: [
    '上级平台不提供记录清单，只能按报送状态比较',
    'The platform above lists no records: compared by how each was sent',
  ],
  kind: ['差异', 'Difference'],
  record: ['记录', 'Record'],
  difference: ['不一致的内容', 'What differs'],
  sides: (here: string, upstream: string) => [`本地 ${here}，上级 ${upstream}`, `here ${here}, upstream ${upstream}`],
  more: (count: number) => [`另有 ${count} 条未列出`, `${count} more are not listed`],
  problems: {
    'no-upstream': {
      title: ['尚未设置上级平台', 'No platform above is set'],
      text: [
        '没有可以比较的对象；请管理员先用 upstream set 设置。',
        'There is nothing to compare with; an administrator sets it with upstream set.',
      ],
    },
  },
});

/** A business date, or the first and the last of several. */
const datesShown = (...dates: (string | undefined)[]) => [...new Set(dates)].filter(Boolean).join(' – ');

export default function ReconciliationScreen() {
  const t = useWords(WORDS);
  const { query, of } = useFilters();
  // The address of a cinema's date shows its differences at once; all cinemas of a date take too long to start without being asked.
  const isOneCinema = of('businessDate') !== '' && of('cinema') !== '';
  const [asked, setAsked] = useState<string | null>(isOneCinema ? query : null);
  const isAsked = asked === query;
  const path = withQuery('/reconciliation.json', query);
  const answer = useJson<Reconciliation>(isAsked ? path : null);
  const compare = () => (isAsked ? void answer.refetch() : setAsked(query));

  return (
    <ScreenPage about={t.about} actions={isAsked && answer.isSuccess ? <Downloads /> : undefined}>
      <Panel>
        <FilterBar />
        <Button type="primary" loading={answer.isFetching} onClick={compare}>
          {t.begin}
        </Button>
        {isAsked ? (
          <Answered<Reconciliation> path={path} words={t.problems}>
            {(found) => <Result {...found} />}
          </Answered>
        ) : null}
      </Panel>
      <LastComparisons after={answer.dataUpdatedAt} />
    </ScreenPage>
  );
}

/** The last comparisons, read again `after` the one that the screen made. */
function LastComparisons({ after }: { after: number }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const { data, refetch } = useJson<{ readonly Reconciled: readonly ReconciledRow[] }>('/reconciliation/last.json');
  useEffect(() => {
    if (after > 0) void refetch();
  }, [after, refetch]);
  if (data === undefined || data.Reconciled.length === 0) return null;
  return (
    <TablePanel<ReconciledRow>
      title={t.last}
      rows={data.Reconciled}
      rowKey={({ BeganAt, BusinessDate, CinemaCodes }) => `${BeganAt} ${BusinessDate} ${CinemaCodes}`}
      columns={[
        'BeganAt',
        {
          of: 'BusinessDate',
          cell: ({ BusinessDate, LastBusinessDate }) => datesShown(BusinessDate, LastBusinessDate),
          // Several cinemas are none that the screen can be narrowed to.
          to: ({ BusinessDate: businessDate, LastBusinessDate: until, CinemaCodes: [cinema = '', ...others] }) =>
            withQuery('/reconciliation', {
              ...{ businessDate, until },
              cinema: cinema === '*' || others.length > 0 ? '' : cinema,
            }),
        },
        'CinemaCodes',
        'Records',
        'Differing',
        'Failed',
        {
          head: t.took,
          cell: ({ BeganAt, EndedAt }) =>
            shownSpan(Math.max(1, (epochOf(EndedAt) - epochOf(BeganAt)) / 1000), language),
        },
      ]}
    />
  );
}

const KINDS = inEachLanguage(DIFFERENCE_NAMES);

function Result({ Findings: findings, Cinemas: cinemas, Differing, Failed, ...compared }: Reconciliation) {
  const t = useWords(WORDS);
  const kinds = useWords(KINDS);
  const until = useFilters().of('until');
  const language = useLanguage();
  const failed = cinemas.filter((one) => 'Failure' in one);
  return (
    <>
      <div role="status">
        <p className={Differing === 0 && Failed === 0 ? 'good' : 'warn'}>
          {Differing === 0 ? (Failed === 0 ? t.equal : '') : t.differing(Differing)}{' '}
          {Failed === 0 ? '' : t.failed(Failed)}
        </p>
        <p className="quiet">
          {t.what(
            datesShown(compared.BusinessDate, until),
            shownCount(compared.Records),
            new Set(cinemas.map(({ CinemaCode }) => CinemaCode)).size,
            shownSpan(Math.ceil(compared.TookMs / 1000), language),
          )}
        </p>
        {cinemas.some((one) => 'Compared' in one && one.Compared === 'status') ? (
          <p className="quiet">{t.byStatus}</p>
        ) : null}
      </div>
      {failed.map(({ BusinessDate, CinemaCode, Failure }) => (
        <p key={`${BusinessDate} ${CinemaCode}`} className="bad">
          {BusinessDate} <CinemaName code={CinemaCode} />: {Failure}
        </p>
      ))}
      {findings.length === 0 ? null : (
        <RowsTable<DifferenceRow>
          caption={t.kind}
          rows={findings}
          rowKey={({ Kind, RecordId, CheckTime }) => `${Kind} ${RecordId} ${CheckTime}`}
          columns={[
            {
              head: t.kind,
              cell: ({ Kind, ErrorCode }) => (
                <>
                  {named(kinds, Kind)}
                  {ErrorCode ? <CodeWords code={ErrorCode} /> : null}
                </>
              ),
            },
            {
              head: t.record,
              cell: (finding) => (
                <>
                  {finding.Kind === 'missing-here' ? (
                    <Since at={finding.CheckTime} exact />
                  ) : (
                    <Element of={finding} name="CheckTime" />
                  )}
                  <div className="quiet">
                    <Ticket of={finding} /> · <Cinema code={finding.CinemaCode} />
                  </div>
                </>
              ),
            },
            {
              head: t.difference,
              cell: ({ Elements = {} }) =>
                Object.entries(Elements).map(([name, { Here, Upstream }]) => (
                  <div key={name}>
                    {elementName(name, language)}
                    {language === 'zh' ? '：' : ': '}
                    {t.sides(String(Here || '–'), String(Upstream || '–'))}
                  </div>
                )),
            },
            {
              head: elementName('Advice', language),
              cell: ({ Advice, AdviceZh }) => (language === 'zh' ? AdviceZh : Advice),
            },
          ]}
        />
      )}
      {Differing > findings.length ? <p className="warn">{t.more(Differing - findings.length)}</p> : null}
    </>
  );
}
