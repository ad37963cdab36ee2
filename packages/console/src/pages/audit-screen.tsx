import type { AuditBesides, AuditRow } from '@ticket-check/operators/audit-row';
import { PERMISSION_WORDS, ROLE_WORDS } from '@ticket-check/operators/words';
import { Fragment, type ReactNode } from 'react';
import { inEachLanguage, type Language, named, useLanguage, useWords } from '../begin/begun.ts';
import { useJson } from '../data/use-json.ts';
import { FileButton } from '../list/downloads.tsx';
import { type Column, ListScreen } from '../list/list-table.tsx';
import { useFilters, withQuery } from '../list/use-filters.ts';
import { Element } from '../look/element.tsx';
import { Account, Linked, Operator } from '../look/names.tsx';
import { ScreenLink } from '../look/screen-link.tsx';
import { Since } from '../look/since.tsx';
import { OTHER_OPERATIONS, PARTS } from './audit-words.ts';

type Answer = AuditBesides & { readonly Entries: readonly AuditRow[] };

/** The parsed line. */
type AuditLine = {
  readonly Id: string;
  readonly Name: string;
  readonly Actor: string;
  readonly From: string | null;
  readonly BeganAt: string;
  readonly EndedAt: string | null;
  readonly Of: string | null;
  readonly Failed: boolean;
  readonly What: object;
  readonly Before: object | null;
  readonly After: object | null;
};

const WORDS = inEachLanguage({
  about: [
    '谁在何时从哪里做了什么，最新的在前。每条都在防篡改的日志中；请定期下载检查点，另行保管。',
    'Who did what, when and from where, newest first. Each entry is in a log that shows when it was changed; take a checkpoint from time to time and keep it elsewhere.',
  ],
  dates: ['日期', 'Dates'],
  actor: ['操作人', 'Operator'],
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
  from: (address: string) => [`来自 ${address}`, `from ${address}`],
  before: ['之前', 'Before'],
  after: ['之后', 'After'],
  noPlace: ['正在写入日志', 'being entered'],
  proof: ['下载证明', 'Download the proof'],
  entry: ['下载条目', 'Download the entry'],
  verify: ['验证证明', 'Verify a proof'],
  checkpoint: ['下载检查点', 'Download the checkpoint'],
  problems: {
    forbidden: {
      title: ['无权查看', 'You may not see this'],
      text: [
        '操作记录涉及全部影院；限定影院的账号不能查看。',
        'The audit covers all cinemas; operators limited to some do not see it.',
      ],
    },
    'no-entry': {
      title: ['没有这一条', 'There is no such entry'],
      text: ['日志中没有这一序号。请刷新此页后重试。', 'Load this page again, then try again.'],
    },
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

/** What people did on this service. */
export default function AuditScreen() {
  const t = useWords(WORDS);
  const language = useLanguage();
  const { query, of } = useFilters();
  // Shares its answer with the list.
  const { data } = useJson<Answer>(withQuery('/audit.json', query));
  const titles = data?.Titles ?? {};
  const others = language === 'zh' ? OTHER_OPERATIONS : {};
  const nameOf = (name: string) => titles[name]?.[language] ?? named(others, name);
  const names = [...new Set([...Object.keys(titles), ...Object.keys(OTHER_OPERATIONS), of('name')])];
  const actors = [...new Set([...(data?.Actors ?? []), of('actor')])];
  const chosen = (from: readonly string[], label: (value: string) => string) =>
    Object.fromEntries(from.filter((value) => value !== '').map((value) => [value, label(value)]));
  const columns: Column<AuditRow>[] = [
    { head: t.at, cell: ({ Line }) => <Since at={lineOf(Line).BeganAt} exact /> },
    {
      head: t.name,
      cell: ({ Line }) => {
        const { Name, Actor, Failed, Of, From, What, Before, After } = lineOf(Line);
        return (
          <>
            <strong>
              {isOperator(Actor, From) ? <Operator username={Actor} /> : Actor}
              {t.colon}
              {nameOf(Name)}
            </strong>
            {Of === null ? null : t.end}
            {Failed ? <span className="label bad">{t.failed}</span> : null} <About operation={Name} what={What} />
            <details>
              <summary>{t.raw}</summary>
              <div className="quiet">
                <code>{Name}</code> {From === null ? null : t.from(From)}
              </div>
              <Values of={What} />
              {Before === null ? null : <Values of={Before} title={t.before} />}
              {After === null ? null : <Values of={After} title={t.after} />}
              <code className="element">{Line}</code>
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
            <FileButton path={`/audit/proof?index=${Index}`} name={`audit-${Index}.tlog-proof`} problems={t.problems}>
              {t.proof}
            </FileButton>{' '}
            <a href={`data:text/plain;charset=utf-8,${encodeURIComponent(Line)}`} download={`audit-${Index}.txt`}>
              {t.entry}
            </a>
          </>
        ),
    },
  ];
  return (
    <ListScreen<AuditRow>
      about={t.about}
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
          ? { name: 'actor', label: t.actor, kind: 'text' }
          : { name: 'actor', label: t.actor, kind: 'choice', choices: chosen(actors, (one) => one) },
        { name: 'name', label: t.name, kind: 'choice', choices: chosen(names, nameOf) },
      ]}
      columns={columns}
      rowKey={({ Line }) => lineOf(Line).Id}
      problems={t.problems}
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
  const of: What = Object.fromEntries(Object.entries(what).map(([name, value]) => [capitalised(name), value]));
  const parts = Object.entries(what).flatMap(([name, value]) => {
    const words = (PARTS[`${operation} ${name}`] ?? PARTS[name] ?? PARTS[uncapitalised(name)])?.[language];
    const things = [value].flat().filter((one) => one !== null && one !== '' && typeof one !== 'object');
    return words === undefined || things.length === 0 ? [] : [{ name, words, things: things.map(String) }];
  });
  return parts.map(({ name, words, things }, place) => (
    <Fragment key={name}>
      {place === 0 ? null : t.comma}
      {words}{' '}
      {things.map((thing, index) => (
        <Fragment key={thing}>
          {index === 0 ? null : t.and}
          {thing === 'all' || thing === '*' ? t.all : shownAs(capitalised(name), thing, { operation, of, language })}
        </Fragment>
      ))}
    </Fragment>
  ));
}

const capitalised = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
const uncapitalised = (name: string) => `${name.charAt(0).toLowerCase()}${name.slice(1)}`;

/** A thing of an entry as it is shown elsewhere, by its name and with a link, or its words. */
function shownAs(
  name: string,
  value: string,
  { operation, of, language }: { operation: string; of: What; language: Language },
): ReactNode {
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
      return ((ROLE_WORDS as typeof PARTS)[value] ?? PARTS[value])?.[language] ?? value;
    case 'Permissions':
      return (PERMISSION_WORDS as typeof PARTS)[value]?.[language] ?? value;
    case 'By':
      return PARTS[value]?.[language] ?? value;
    case 'Session': {
      const { BusinessDate: businessDate, Cinema: cinema } = of;
      if (!businessDate || !cinema) return value;
      const asked = { businessDate: String(businessDate), cinema: String(cinema), session: value };
      return <Linked to={`/records?${new URLSearchParams(asked)}`}>{value}</Linked>;
    }
    default:
      return <Element of={{ ...of, [name]: value }} name={name} />;
  }
}

/** The members of a small object, each with its value as JSON. */
function Values({ of, title }: { of: object; title?: string }) {
  return (
    <>
      {title === undefined ? null : <strong>{title}</strong>}
      {Object.entries(of).map(([name, value]) => (
        <div key={name} className="element">
          <span className="quiet">{name}</span> {typeof value === 'string' ? value : JSON.stringify(value)}
        </div>
      ))}
    </>
  );
}
