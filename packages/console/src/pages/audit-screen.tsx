import type { DayKind } from '@ticket-check/admin/changes';
import type { AuditBesides, AuditRow } from '@ticket-check/operators/audit-row';
import { PERMISSION_WORDS, ROLE_WORDS } from '@ticket-check/operators/words';
import { ELEMENT_NAMES } from '@ticket-check/protocol/element-names';
import { Tag } from 'antd';
import { Fragment, type ReactNode } from 'react';
import { inEachLanguage, type Language, named, useLanguage, useWords } from '../begin/begun.ts';
import { useJson } from '../data/use-json.ts';
import { FileButton } from '../list/downloads.tsx';
import { ListScreen } from '../list/list-table.tsx';
import { useDayChoices } from '../list/picker.tsx';
import { useFilters, withQuery } from '../list/use-filters.ts';
import { Element, useElementName } from '../look/element.tsx';
import { Account, Named, Operator } from '../look/names.tsx';
import { Linked, ScreenLink } from '../look/screen-link.tsx';
import { Since } from '../look/since.tsx';
import { OTHER_OPERATIONS, PARTS, VALUES } from './audit-words.ts';

type Answer = AuditBesides & { readonly Entries: readonly AuditRow[] };

type AuditLine = Readonly<Record<'Id' | 'Name' | 'Actor' | 'BeganAt', string>> & {
  readonly From: string | null;
  readonly Of: string | null;
  readonly Failed: boolean;
  readonly What: object;
};

const WORDS = inEachLanguage({
  about: [
    '谁在何时从哪里做了什么，最新的在前。每条都在防篡改的日志中；请定期下载检查点，另行保管。',
    'Who did what, when and from where, newest first. Each entry is in a log that shows when it was changed; take a checkpoint from time to time and keep it elsewhere.',
  ],
  dates: ['日期', 'Dates'],
  name: ['操作', 'Operation'],
  at: ['时间', 'Time'],
  proved: ['证明', 'Proof'],
  colon: [' ', ': '],
  comma: ['，', '; '],
  and: ['、', ', '],
  end: ['（结束）', ' (its end)'],
  failed: ['未成功', 'failed'],
  all: ['全部', 'all'],
  raw: ['原始记录', 'The entry itself'],
  noPlace: ['正在写入日志', 'being entered'],
  proof: ['下载证明', 'Download the proof'],
  entry: ['下载条目', 'Download the entry'],
  verify: ['验证证明', 'Verify a proof'],
  checkpoint: ['下载检查点', 'Download the checkpoint'],
  problems: {
    'log-changed': {
      title: ['操作日志已被改动，无法出具证明', 'The audit was changed: nothing can be proved'],
      text: (index: string) => [
        `${index === '' ? '' : `第一条不符的是序号 ${index}。`}有人绕过本系统改动了数据库。请保留数据库和备份原样，由管理员执行 audit verify，并与另行保管的检查点核对。`,
        `${index === '' ? '' : `The first entry that does not fit is ${index}. `}Somebody changed the database past this service. Keep it and its backups as they are, have an administrator run audit verify, and compare with the checkpoints that are kept elsewhere.`,
      ],
    },
  },
});

const lineOf = (line: string) => JSON.parse(line) as AuditLine;

export default function AuditScreen() {
  const t = useWords(WORDS);
  const language = useLanguage();
  const { query, of } = useFilters();
  // Shares its answer with the list.
  const { data } = useJson<Answer>(withQuery('/audit.json', query));
  const titles = data?.Titles ?? {};
  const others = language === 'zh' ? OTHER_OPERATIONS : {};
  const nameOf = (name: string) => titles[name]?.[language] ?? named(others, name);
  /** Those there are, and the one that is chosen. */
  const choices = (field: string, there: readonly string[], label: (value: string) => string) =>
    Object.fromEntries([...there, of(field)].filter((value) => value !== '').map((value) => [value, label(value)]));
  const names = [...Object.keys(titles), ...Object.keys(OTHER_OPERATIONS)];
  return (
    <ListScreen<AuditRow>
      words={t}
      actions={
        <>
          <ScreenLink href="/audit/verify">{t.verify}</ScreenLink>
          <a href="/log/checkpoint" download="checkpoint.txt">
            {t.checkpoint}
          </a>
        </>
      }
      fields={[
        { name: 'since', until: 'until', usual: '', label: t.dates, kind: 'date' },
        data?.Actors === null
          ? { name: 'actor', kind: 'text' }
          : { name: 'actor', kind: 'choice', choices: choices('actor', data?.Actors ?? [], (one) => one) },
        { name: 'name', label: t.name, kind: 'choice', choices: choices('name', names, nameOf) },
      ]}
      columns={[
        {
          head: t.at,
          cell: ({ Line }) => <Since at={lineOf(Line).BeganAt} exact />,
          by: ({ Line }) => lineOf(Line).BeganAt,
        },
        {
          head: t.name,
          by: ({ Line }) => nameOf(lineOf(Line).Name),
          cell: ({ Line }) => {
            const entry = lineOf(Line);
            const { Name, Actor, Failed, Of, From, What } = entry;
            return (
              <>
                <strong>
                  {isOperator(Actor, From) ? <Operator username={Actor} /> : Actor}
                  {t.colon}
                  {nameOf(Name)}
                </strong>
                {Of === null ? null : t.end}
                {Failed ? <Tag color="error">{t.failed}</Tag> : null} <About operation={Name} what={What} />
                <details>
                  <summary>{t.raw}</summary>
                  <pre className="element" style={{ whiteSpace: 'pre-wrap' }}>
                    {JSON.stringify(entry, null, 2)}
                  </pre>
                </details>
              </>
            );
          },
        },
        {
          head: t.proved,
          cell: ({ Index, Line }) =>
            Index === null ? (
              t.noPlace
            ) : (
              <>
                <FileButton path={`/audit/proof?index=${Index}`} problems={t.problems}>
                  {t.proof}
                </FileButton>{' '}
                <a href={`data:text/plain;charset=utf-8,${encodeURIComponent(Line)}`} download={`audit-${Index}.txt`}>
                  {t.entry}
                </a>
              </>
            ),
        },
      ]}
      rowKey={({ Line }) => lineOf(Line).Id}
    />
  );
}

/** Names in the audit that are no operators: somebody whose name is not known, and a terminal that enrols. */
const NO_OPERATORS = ['unknown', 'enrolment'];

/** A token has a name of two words; who runs a command without an operator is a user of the machine, which has no address. */
const isOperator = (actor: string, from: string | null) =>
  !actor.includes(' ') && !NO_OPERATORS.includes(actor) && /^[\da-f]*[.:][\da-f.:]*$|, user /i.test(from ?? '');

type What = Readonly<Record<string, unknown>>;

/** What an operation was about, as far as it has words. Only the entry itself shows what is neither a text nor a number. */
function About({ operation, what }: { operation: string; what: object }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const nameOf = useElementName();
  const of: What = Object.fromEntries(Object.entries(what).map(([name, value]) => [capitalised(name), value]));
  const parts = Object.entries(of).flatMap(([name, value]) => {
    const member = name.replace(/^[A-Z]/, (first) => first.toLowerCase());
    const words = (PARTS[`${operation} ${member}`] ?? PARTS[member])?.[language];
    const things = [value].flat().filter((one) => one !== null && one !== '' && typeof one !== 'object');
    if (things.length === 0 || !(words !== undefined || name in ELEMENT_NAMES)) return [];
    const shown = things
      .map(String)
      .map((thing) =>
        thing === 'all' || thing === '*' ? t.all : <Thing {...{ name, value: thing, operation, of, language }} />,
      );
    return [[`${words ?? nameOf(name)} `, ...joined(shown, t.and)]];
  });
  return joined(parts, t.comma);
}

/** Things in a sentence, apart by a text. */
const joined = (things: readonly ReactNode[], by: string) =>
  things.map((thing, place) => (
    <Fragment key={`${place}`}>
      {place === 0 ? '' : by}
      {thing}
    </Fragment>
  ));

const capitalised = (name: string) => name.replace(/^[a-z]/, (first) => first.toUpperCase());

/** A thing of an entry as it is shown elsewhere, by its name and with a link, or its words. */
function Thing(entry: { name: string; value: string; operation: string; of: What; language: Language }): ReactNode {
  const { name, value, operation, of, language } = entry;
  const nameOf = useElementName();
  switch (name) {
    case 'Username':
      // What a platform above issued is none of the accounts here.
      if (operation.startsWith('upstream ')) return value;
      return operation.startsWith('account ') ? <Account username={value} /> : <Operator username={value} />;
    case 'Replaces':
    case 'Terminal':
      return <Account username={value} />;
    case 'Cinema':
    case 'CinemaCodes':
      return <Element of={{ CinemaCode: value }} name="CinemaCode" />;
    case 'Role':
      return ((ROLE_WORDS as typeof VALUES)[value] ?? VALUES[value])?.[language] ?? value;
    case 'Permissions':
      return (PERMISSION_WORDS as typeof VALUES)[value]?.[language] ?? value;
    case 'By':
      return VALUES[value]?.[language] ?? nameOf(value);
    case 'Screen':
    case 'Film':
      return <OfDay kind={name === 'Screen' ? 'screen' : 'film'} code={value} of={of} />;
    case 'Session':
      return operation === 'operator end-session' ? value : <OfDay kind="session" code={value} of={of} />;
    default:
      return <Element of={{ ...of, [name]: value }} name={name} />;
  }
}

/** What check records of a cinema's day are of, by its name. */
function OfDay({ kind, code, of }: { kind: DayKind; code: string; of: What }) {
  const cinemas = [of.CinemaCodes ?? of.CinemaCode ?? of.Cinema ?? []].flat().map(String);
  const cinema = cinemas.length === 1 && cinemas[0] !== 'all' ? (cinemas[0] ?? '') : '';
  const day = { businessDate: String(of.BusinessDate ?? ''), cinema };
  const { choices } = useDayChoices(day.businessDate === '' ? null : kind, day);
  const shown = <Named {...(choices.find((choice) => choice.code === code) ?? { code })} />;
  if (kind !== 'session' || cinema === '' || day.businessDate === '') return shown;
  return <Linked to={withQuery('/records', { ...day, session: code })}>{shown}</Linked>;
}
