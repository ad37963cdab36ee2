import type { Issued, OperatorRow, SessionRow } from '@ticket-check/operators/rows';
import { ROLE_WORDS } from '@ticket-check/operators/words';
import { useState } from 'react';
import { Link } from 'wouter';
import { useLanguage, useWords } from '../begin/begun.ts';
import { ChangeButton } from '../change/change-dialog.tsx';
import { useFilters } from '../list/use-filters.ts';
import { useElementName } from '../look/element.tsx';
import { Facts } from '../look/facts.tsx';
import { Actions, Panel, ScreenPage } from '../shell/screen-page.tsx';
import { Answered, Nothing } from '../states/states.tsx';
import { IssuedPassword, OperatorState, SessionsTable } from './operators-parts.tsx';
import { WORDS } from './operators-words.ts';

export default function OperatorScreen() {
  const t = useWords(WORDS);
  const username = useFilters().of('username');
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

function One({ operator }: { operator: OperatorRow }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const nameOf = useElementName();
  const [issued, setIssued] = useState<Issued | null>(null);
  const { Username, Role, CinemaCodes, DisabledAt, SecondFactor } = operator;
  return (
    <>
      <IssuedPassword issued={issued} close={() => setIssued(null)} />
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
          <ActionButton action="reset-password" username={Username} done={setIssued} />
          {SecondFactor ? <ActionButton action="reset-second-factor" username={Username} /> : null}
          <ActionButton action={DisabledAt === null ? 'disable' : 'enable'} username={Username} />
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
        {({ Sessions: rows }) =>
          rows.length === 0 ? (
            <p>{t.noSessions}</p>
          ) : (
            <>
              <SessionsTable
                sessions={rows}
                end={(Session) => <ActionButton action="end-session" username={username} more={{ Session }} />}
              />
              <ActionButton action="end-sessions" username={username} />
            </>
          )
        }
      </Answered>
    </Panel>
  );
}

type Action = 'disable' | 'enable' | 'end-session' | 'end-sessions' | 'reset-password' | 'reset-second-factor';

/** Does something with an operator, once the service has said what that means. */
const ActionButton = ({ action, username, more, done = () => {} }: ActionOf) => (
  <ChangeButton<Issued>
    button={{ size: action === 'end-session' ? 'small' : 'middle' }}
    about={username}
    path={`/operator/${action}`}
    body={{ Username: username, ...more }}
    done={done}
  />
);

type ActionOf = { action: Action; username: string; more?: object; done?(issued: Issued): void };
