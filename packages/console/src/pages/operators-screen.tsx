import type { Issued, OperatorRow } from '@ticket-check/operators/rows';
import { ROLE_WORDS } from '@ticket-check/operators/words';
import { useState } from 'react';
import { Link } from 'wouter';
import { useLanguage, useWords } from '../begin/begun.ts';
import { ListTable } from '../list/list-table.tsx';
import { shownTime } from '../look/shown.ts';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { IssuedPassword, NewOperator, OperatorState, ShownCinemas } from './operators-parts.tsx';
import { WORDS } from './operators-words.ts';

/** Who may use this console, and what for. */
export default function OperatorsScreen() {
  const t = useWords(WORDS);
  const language = useLanguage();
  const [issued, setIssued] = useState<Issued | null>(null);
  const columns = [
    {
      head: t.username,
      cell: ({ Username }: OperatorRow) => (
        <Link href={`/operators/one?${new URLSearchParams({ username: Username })}`}>{Username}</Link>
      ),
    },
    { head: t.role, cell: ({ Role }: OperatorRow) => ROLE_WORDS[Role][language] },
    { head: t.cinemas, cell: ({ CinemaCodes }: OperatorRow) => <ShownCinemas codes={CinemaCodes} /> },
    { head: t.state, cell: (operator: OperatorRow) => <OperatorState operator={operator} /> },
    { head: t.secondFactor, cell: ({ SecondFactor }: OperatorRow) => (SecondFactor ? t.has : t.hasNot) },
    { head: t.created, cell: ({ CreatedAt }: OperatorRow) => shownTime(CreatedAt) },
  ];
  return (
    <ScreenPage title={t.title} about={t.about} actions={<NewOperator done={setIssued} />}>
      <IssuedPassword issued={issued} close={() => setIssued(null)} />
      <Panel>
        <ListTable<OperatorRow> caption={t.title} columns={columns} rowKey={({ Username }) => Username} />
      </Panel>
    </ScreenPage>
  );
}
