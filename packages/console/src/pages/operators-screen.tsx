import type { Issued, OperatorRow } from '@ticket-check/operators/rows';
import { ROLE_WORDS } from '@ticket-check/operators/words';
import { useState } from 'react';
import { Link } from 'wouter';
import { useLanguage, useWords } from '../begin/begun.ts';
import { ChangeButton } from '../change/change-dialog.tsx';
import { type Column, ListScreen } from '../list/list-table.tsx';
import { useElementName } from '../look/element.tsx';
import { IssuedPassword, OperatorState } from './operators-parts.tsx';
import { WORDS } from './operators-words.ts';

export default function OperatorsScreen() {
  const t = useWords(WORDS);
  const language = useLanguage();
  const nameOf = useElementName();
  const [issued, setIssued] = useState<Issued | null>(null);
  const columns: readonly Column<OperatorRow>[] = [
    {
      head: t.username,
      cell: ({ Username }) => (
        <Link href={`/operators/one?${new URLSearchParams({ username: Username })}`}>{Username}</Link>
      ),
    },
    { head: nameOf('Role'), cell: ({ Role }) => ROLE_WORDS[Role][language] },
    'CinemaCodes',
    { head: t.state, cell: (operator) => <OperatorState operator={operator} /> },
    { head: t.secondFactor, cell: ({ SecondFactor }) => (SecondFactor ? t.has : t.hasNot) },
    'CreatedAt',
  ];
  return (
    <ListScreen<OperatorRow>
      about={t.about}
      actions={<ChangeButton<Issued> button={{ type: 'primary' }} path="/operator/add" done={setIssued} />}
      above={<IssuedPassword issued={issued} close={() => setIssued(null)} />}
      columns={columns}
      rowKey={({ Username }) => Username}
    />
  );
}
