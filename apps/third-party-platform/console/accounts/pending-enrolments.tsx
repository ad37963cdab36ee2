import { type Column, Panel, RowsTable, shownTime, useWords } from '@ticket-check/console';
import { Button } from 'antd';
import { AccountName } from './account-name.tsx';
import { WORDS } from './words.ts';

/** An account that no terminal has fetched yet, an item of `/accounts.json`. */
export type Enrolment = {
  readonly Username: string;
  readonly CinemaCodes: readonly string[];
  readonly CreatedBy: string;
  readonly GoodUntil: string;
};

/** The valid codes; one in the wrong hands can be withdrawn. */
export function PendingEnrolments({
  enrolments,
  withdraw,
}: {
  enrolments: readonly Enrolment[];
  withdraw(username: string): void;
}) {
  const t = useWords(WORDS);
  if (enrolments.length === 0) return null;
  const columns: readonly Column<Enrolment>[] = [
    { head: t.account, cell: (enrolment) => <AccountName account={enrolment} /> },
    { head: t.goodUntil, cell: ({ GoodUntil }) => shownTime(GoodUntil) },
    { head: t.madeBy, cell: ({ CreatedBy }) => CreatedBy },
    {
      head: t.action,
      cell: ({ Username }) => <Button onClick={() => withdraw(Username)}>{t.withdraw}</Button>,
    },
  ];
  return (
    <Panel title={t.pending}>
      <RowsTable caption={t.pending} columns={columns} rows={enrolments} rowKey={({ Username }) => Username} />
    </Panel>
  );
}
