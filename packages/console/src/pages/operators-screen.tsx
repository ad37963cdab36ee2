import type { Issued, OperatorRow } from '@ticket-check/operators/rows';
import { ROLE_WORDS } from '@ticket-check/operators/words';
import { useState } from 'react';
import { Link } from 'wouter';
import { useLanguage, useWords } from '../begin/begun.ts';
import { type Column, ListTable } from '../list/list-table.tsx';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { IssuedPassword, NewOperator, OperatorState } from './operators-parts.tsx';
import { WORDS } from './operators-words.ts';

/** Who may use this console, and what for. */
export default function OperatorsScreen() {
  const t = useWords(WORDS);
  const language = useLanguage();
  const [issued, setIssued] = useState<Issued | null>(null);
  const columns: readonly Column<OperatorRow>[] = [
    {
      head: t.username,
      cell: ({ Username }) => (
        <Link href={`/operators/one?${new URLSearchParams({ username: Username })}`}>{Username}</Link>
      ),
    },
    { head: t.role, cell: ({ Role }) => ROLE_WORDS[Role][language] },
    'CinemaCodes',
    { head: t.state, cell: (operator) => <OperatorState operator={operator} /> },
    { head: t.secondFactor, cell: ({ SecondFactor }) => (SecondFactor ? t.has : t.hasNot) },
    { head: t.created, of: 'CreatedAt' },
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
