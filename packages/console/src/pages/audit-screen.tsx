import { Modal } from 'antd';
import { useState } from 'react';
import { type InEachLanguage, useWords } from '../begin/begun.ts';
import { takeFile } from '../data/client.ts';
import { FilterBar } from '../list/filter-bar.tsx';
import { type Column, ListTable } from '../list/list-table.tsx';
import { shownSecond, shownText } from '../look/shown.ts';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { ProblemNotice } from '../states/states.tsx';
import { OPERATIONS_IN_CHINESE } from './audit-words.ts';

/** An entry of `/audit.json`: its line is the leaf itself. */
type Entry = { readonly Index: number | null; readonly Line: string };

/** The parsed line. */
type AuditLine = {
  readonly Id: string;
  readonly Name: string;
  readonly Actor: string;
  readonly From: string | null;
  readonly BeganAt: string;
  readonly EndedAt: string | null;
  readonly Failed: boolean;
  readonly What: object;
  readonly Before: object | null;
  readonly After: object | null;
};

const zh = {
  title: '操作记录',
  about: '谁在何时从哪里做了什么，最新的在前。每条都在防篡改的日志中；请定期下载检查点，另行保管。',
  since: '自',
  until: '至',
  actor: '操作人',
  name: '操作',
  columns: { index: '序号', at: '时间', who: '操作人', name: '操作', what: '内容', proof: '证明' },
  failed: '未成功',
  before: '之前',
  after: '之后',
  noPlace: '正在写入日志',
  proof: '下载证明',
  checkpoint: '下载检查点',
  operations: OPERATIONS_IN_CHINESE,
  problems: {
    forbidden: { title: '无权查看', text: '操作记录涉及全部影院；限定影院的账号不能查看。' },
    'no-entry': { title: '没有这一条', text: '日志中没有这一序号。请刷新此页后重试。' },
    'log-changed': {
      title: '操作日志已被改动，无法出具证明',
      text: (index: string) =>
        `${index === '' ? '' : `第一条不符的是序号 ${index}。`}有人绕过本系统改动了数据库。请保留数据库和备份原样，由管理员执行 audit verify，并与另行保管的检查点核对。`,
    },
  },
};
const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: {
    title: 'Audit',
    about:
      'Who did what, when and from where, newest first. Each entry is in a log that shows when it was changed; take a checkpoint from time to time and keep it elsewhere.',
    since: 'Since',
    until: 'Until',
    actor: 'Operator',
    name: 'Operation',
    columns: { index: 'Index', at: 'Time', who: 'Operator', name: 'Operation', what: 'What', proof: 'Proof' },
    failed: 'failed',
    before: 'Before',
    after: 'After',
    noPlace: 'being entered',
    proof: 'Download the proof',
    checkpoint: 'Download the checkpoint',
    operations: {},
    problems: {
      forbidden: {
        title: 'You may not see this',
        text: 'The audit covers all cinemas; operators limited to some do not see it.',
      },
      'no-entry': { title: 'There is no such entry', text: 'Load this page again, then try again.' },
      'log-changed': {
        title: 'The audit was changed: nothing can be proved',
        text: (index) =>
          `${index === '' ? '' : `The first entry that does not fit is ${index}. `}Somebody changed the database past this service. Keep it and its backups as they are, have an administrator run audit verify, and compare with the checkpoints that are kept elsewhere.`,
      },
    },
  },
};

/** What people did on this service. */
export default function AuditScreen() {
  const t = useWords(WORDS);
  const told = ({ Line }: Entry) => JSON.parse(Line) as AuditLine;
  const columns: Column<Entry>[] = [
    { head: t.columns.index, isNumber: true, cell: ({ Index }) => Index ?? '–' },
    { head: t.columns.at, cell: (entry) => shownSecond(told(entry).BeganAt) },
    {
      head: t.columns.who,
      cell: (entry) => (
        <>
          {told(entry).Actor}
          <div className="quiet">{shownText(told(entry).From)}</div>
        </>
      ),
    },
    {
      head: t.columns.name,
      cell: (entry) => (
        <>
          {t.operations[told(entry).Name] ?? told(entry).Name}
          {told(entry).Name in t.operations ? <div className="quiet">{told(entry).Name}</div> : null}
          {told(entry).Failed ? <div className="bad">{t.failed}</div> : null}
        </>
      ),
    },
    {
      head: t.columns.what,
      cell: (entry) => {
        const { What, Before, After } = told(entry);
        return (
          <>
            <Values of={What} />
            {Before === null ? null : <Values of={Before} title={t.before} />}
            {After === null ? null : <Values of={After} title={t.after} />}
          </>
        );
      },
    },
    {
      head: t.columns.proof,
      cell: ({ Index }) => (Index === null ? t.noPlace : <Proof index={Index} />),
    },
  ];
  return (
    <ScreenPage
      title={t.title}
      actions={
        <a href="/log/checkpoint" download="checkpoint.txt">
          {t.checkpoint}
        </a>
      }
    >
      <p className="quiet">{t.about}</p>
      <Panel>
        <FilterBar
          fields={[
            { name: 'since', label: t.since, kind: 'date' },
            { name: 'until', label: t.until, kind: 'date' },
            { name: 'actor', label: t.actor, kind: 'text' },
            { name: 'name', label: t.name, kind: 'text', hint: 'operator' },
          ]}
        />
        <ListTable<Entry>
          path="/audit.json"
          name="Entries"
          caption={t.title}
          columns={columns}
          rowKey={(entry) => told(entry).Id}
          problems={t.problems}
        />
      </Panel>
    </ScreenPage>
  );
}

/** Downloads the proof of an entry as a file, or says why there is none. */
function Proof({ index }: { index: number }) {
  const t = useWords(WORDS);
  const [error, setError] = useState<unknown>(null);
  const path = `/audit/proof?index=${index}`;
  return (
    <>
      <a
        href={path}
        onClick={(event) => {
          event.preventDefault();
          takeFile(path, `audit-${index}.tlog-proof`).catch(setError);
        }}
      >
        {t.proof}
      </a>
      <Modal title={t.columns.proof} open={error !== null} footer={null} onCancel={() => setError(null)}>
        <ProblemNotice error={error} words={t.problems} />
      </Modal>
    </>
  );
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
