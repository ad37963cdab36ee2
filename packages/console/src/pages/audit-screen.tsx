import { inEachLanguage, useLanguage, useWords } from '../begin/begun.ts';
import { FileButton } from '../list/downloads.tsx';
import { type Column, ListScreen } from '../list/list-table.tsx';
import { shownSecond, shownText } from '../look/shown.ts';
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

const WORDS = inEachLanguage({
  title: ['操作记录', 'Audit'],
  about: [
    '谁在何时从哪里做了什么，最新的在前。每条都在防篡改的日志中；请定期下载检查点，另行保管。',
    'Who did what, when and from where, newest first. Each entry is in a log that shows when it was changed; take a checkpoint from time to time and keep it elsewhere.',
  ],
  since: ['自', 'Since'],
  until: ['至', 'Until'],
  actor: ['操作人', 'Operator'],
  name: ['操作', 'Operation'],
  columns: {
    index: ['序号', 'Index'],
    at: ['时间', 'Time'],
    who: ['操作人', 'Operator'],
    name: ['操作', 'Operation'],
    what: ['内容', 'What'],
    proof: ['证明', 'Proof'],
  },
  failed: ['未成功', 'failed'],
  before: ['之前', 'Before'],
  after: ['之后', 'After'],
  noPlace: ['正在写入日志', 'being entered'],
  proof: ['下载证明', 'Download the proof'],
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
  const columns: Column<Entry>[] = [
    { head: t.columns.index, isNumber: true, cell: ({ Index }) => Index ?? '–' },
    { head: t.columns.at, cell: ({ Line }) => shownSecond(lineOf(Line).BeganAt) },
    {
      head: t.columns.who,
      cell: ({ Line }) => (
        <>
          {lineOf(Line).Actor}
          <div className="quiet">{shownText(lineOf(Line).From)}</div>
        </>
      ),
    },
    {
      head: t.columns.name,
      cell: ({ Line }) => {
        const { Name, Failed } = lineOf(Line);
        const inChinese = language === 'zh' ? OPERATIONS_IN_CHINESE[Name] : undefined;
        return (
          <>
            {inChinese ?? Name}
            {inChinese === undefined ? null : <div className="quiet">{Name}</div>}
            {Failed ? <div className="bad">{t.failed}</div> : null}
          </>
        );
      },
    },
    {
      head: t.columns.what,
      cell: ({ Line }) => {
        const { What, Before, After } = lineOf(Line);
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
      cell: ({ Index }) =>
        Index === null ? (
          t.noPlace
        ) : (
          <FileButton path={`/audit/proof?index=${Index}`} name={`audit-${Index}.tlog-proof`} problems={t.problems}>
            {t.proof}
          </FileButton>
        ),
    },
  ];
  return (
    <ListScreen<Entry>
      title={t.title}
      about={t.about}
      actions={
        <a href="/log/checkpoint" download="checkpoint.txt">
          {t.checkpoint}
        </a>
      }
      fields={[
        { name: 'since', label: t.since, kind: 'date' },
        { name: 'until', label: t.until, kind: 'date' },
        { name: 'actor', label: t.actor, kind: 'text' },
        { name: 'name', label: t.name, kind: 'text', hint: 'operator' },
      ]}
      path="/audit"
      name="Entries"
      columns={columns}
      rowKey={({ Line }) => lineOf(Line).Id}
      problems={t.problems}
    />
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
