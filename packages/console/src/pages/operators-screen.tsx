import type { Issued, OperatorRow, SessionRow } from '@ticket-check/operators/rows';
import { ROLE_WORDS } from '@ticket-check/operators/words';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { inEachLanguage, useLanguage, useWords } from '../begin/begun.ts';
import { ChangeButton } from '../change/change-dialog.tsx';
import { ShownOnce } from '../change/shown-once.tsx';
import { ListScreen, RowsTable } from '../list/list-table.tsx';
import { useFilters } from '../list/use-filters.ts';
import { useElementName } from '../look/element.tsx';
import { Facts } from '../look/facts.tsx';
import { Operator } from '../look/names.tsx';
import { epochOf } from '../look/shown.ts';
import { useSince } from '../look/since.tsx';
import { Actions, Panel, ScreenPage } from '../shell/screen-page.tsx';
import { Answered, Nothing } from '../states/states.tsx';

const WORDS = inEachLanguage({
  about: [
    '使用本系统的人，每人一个用户名。点击用户名查看登录、更改角色或停用。',
    'The people who use this console, each with a username of their own. Choose one to see their sessions, change their role or disable them.',
  ],
  one: (name: string) => [`操作员 ${name}`, `Operator ${name}`],
  unknown: {
    title: ['没有这个操作员', 'There is no such operator'],
    text: ['请从操作员列表中选择。', 'Choose one from the list of operators.'],
  },
  back: ['返回操作员列表', 'Back to the operators'],
  username: ['用户名', 'Username'],
  state: ['状态', 'State'],
  enabled: ['正常', 'enabled'],
  disabled: (time: string) => [`已于 ${time} 停用`, `disabled ${time}`],
  oneTime: (until: string) => [`等待首次登录（一次性密码 ${until} 前有效）`, `one-time password, good until ${until}`],
  oneTimeEnded: ['一次性密码已过期，请重置密码', 'one-time password has ended: reset it'],
  secondFactor: ['两步验证', 'Second factor'],
  has: ['已设置', 'set up'],
  hasNot: ['未设置', 'none'],
  save: ['保存', 'Save'],
  sessions: ['登录中的设备', 'Where they are logged in'],
  noSessions: ['目前没有登录', 'They are logged in nowhere at present'],
  issued: (name: string) => [`${name} 的一次性密码`, `One-time password of ${name}`],
  issuedText: (until: string) => [
    `请当面交给本人。仅显示这一次，${until} 前有效，首次登录后须修改。`,
    `Hand it over in person. It is shown this once, is good until ${until} and is changed at the first login.`,
  ],
});

/** The operators, or below their list the one that the address names. */
export default function OperatorsScreen() {
  const t = useWords(WORDS);
  const username = useFilters().of('username');
  const [path] = useLocation();
  if (path === '/operators') return <All />;
  return (
    <Answered<{ readonly Operators: readonly OperatorRow[] }> path="/operators.json">
      {({ Operators }) => {
        const operator = Operators.find(({ Username }) => Username === username);
        return (
          <ScreenPage
            title={operator === undefined ? t.unknown.title : t.one(username)}
            actions={<Link href="/operators">{t.back}</Link>}
          >
            {operator === undefined ? <Nothing {...t.unknown} /> : <One operator={operator} />}
          </ScreenPage>
        );
      }}
    </Answered>
  );
}

function All() {
  const t = useWords(WORDS);
  const language = useLanguage();
  return (
    <ListScreen<OperatorRow>
      words={t}
      actions={<ChangeButton<Issued> button={{ type: 'primary' }} path="/operator/add" made={shownPassword} />}
      columns={[
        { head: t.username, of: 'Username', cell: ({ Username }) => <Operator username={Username} /> },
        { of: 'Role', cell: ({ Role }) => ROLE_WORDS[Role][language] },
        'CinemaCodes',
        { head: t.state, of: 'DisabledAt', cell: (operator) => <OperatorState operator={operator} /> },
        { head: t.secondFactor, of: 'SecondFactor', cell: ({ SecondFactor }) => (SecondFactor ? t.has : t.hasNot) },
        'CreatedAt',
      ]}
      rowKey={({ Username }) => Username}
    />
  );
}

function One({ operator }: { operator: OperatorRow }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const nameOf = useElementName();
  const { Username, Role, CinemaCodes, DisabledAt, SecondFactor } = operator;
  return (
    <>
      <Panel>
        <Facts
          of={operator}
          show={[
            [nameOf('Role'), ROLE_WORDS[Role][language]],
            'CinemaCodes',
            [t.state, <OperatorState key="state" operator={operator} />],
            [t.secondFactor, SecondFactor ? t.has : t.hasNot],
            'CreatedAt',
          ]}
        />
        <Actions>
          <ChangeButton
            path="/operator/change"
            about={Username}
            body={{ Username, From: { Role, CinemaCodes } }}
            now={{ Role, CinemaCodes }}
            submit={t.save}
          />
          <ChangeButton<Issued> {...withOperator('reset-password', Username)} made={shownPassword} />
          {SecondFactor ? <ChangeButton {...withOperator('reset-second-factor', Username)} /> : null}
          <ChangeButton {...withOperator(DisabledAt === null ? 'disable' : 'enable', Username)} />
        </Actions>
      </Panel>
      <Sessions username={Username} />
    </>
  );
}

function Sessions({ username }: { username: string }) {
  const t = useWords(WORDS);
  return (
    <Panel title={t.sessions}>
      <Answered<{ readonly Sessions: readonly SessionRow[] }>
        path={`/operators/sessions.json?${new URLSearchParams({ username })}`}
      >
        {({ Sessions: rows }) => (
          <>
            <SessionsTable
              sessions={rows}
              end={(Session) => (
                <ChangeButton {...withOperator('end-session', username, { Session })} button={{ size: 'small' }} />
              )}
            />
            {rows.length === 0 ? null : <ChangeButton {...withOperator('end-sessions', username)} />}
          </>
        )}
      </Answered>
    </Panel>
  );
}

/** Something that is done with an operator, once the service has said what that means. */
const withOperator = (action: string, Username: string, more: object = {}) => ({
  about: Username,
  path: `/operator/${action}`,
  body: { Username, ...more },
});

export function SessionsTable({ sessions, end }: { sessions: readonly SessionRow[]; end(session: string): ReactNode }) {
  const t = useWords(WORDS);
  return (
    <RowsTable<SessionRow>
      caption={t.sessions}
      columns={[...(['BeganAt', 'Address', 'SeenAt'] as const), { cell: ({ Session }) => end(Session) }]}
      rows={sessions}
      none={t.noSessions}
      rowKey={({ Session }) => Session}
    />
  );
}

function OperatorState({ operator: { DisabledAt, OneTimeUntil } }: { operator: OperatorRow }) {
  const t = useWords(WORDS);
  const since = useSince();
  if (DisabledAt !== null) return <span className="quiet">{t.disabled(since(DisabledAt))}</span>;
  if (OneTimeUntil === null) return t.enabled;
  return epochOf(OneTimeUntil) < Date.now() ? t.oneTimeEnded : t.oneTime(since(OneTimeUntil));
}

const shownPassword = (issued: Issued, close: () => void) => <IssuedPassword issued={issued} close={close} />;

function IssuedPassword({ issued, close }: { issued: Issued; close(): void }) {
  const t = useWords(WORDS);
  const since = useSince();
  const { Username, OneTimePassword, ValidUntil } = issued;
  const text = t.issuedText(since(ValidUntil));
  return <ShownOnce title={t.issued(Username)} text={text} secret={OneTimePassword} close={close} />;
}
