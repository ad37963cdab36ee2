import {
  Account,
  ChangeDialog,
  LetInAnyway,
  ListScreen,
  named,
  Operator,
  RecordLink,
  Session,
  Since,
  shownSecond,
  shownTime,
  Ticket,
  useMay,
  useWords,
} from '@ticket-check/console';
import { Button } from 'antd';
import { useState } from 'react';
import type { FindingRow } from '../../src/worklist/finding-row.ts';
import { WORDS } from './words.ts';

const keyOf = ({ Kind, StartTime, CinemaCode, FilmTicketCode }: FindingRow) =>
  `${Kind} ${StartTime} ${CinemaCode} ${FilmTicketCode}`;

/** Doubles and late refunds, and the outcome of each. */
export default function Worklist() {
  const t = useWords(WORDS);
  const mayResolve = useMay('records.resolve');
  const [noting, setNoting] = useState<FindingRow | null>(null);
  const columns = [
    {
      head: t.kind,
      cell: ({ Kind, RefundTime }: FindingRow) => (
        <>
          {named(t.kinds, Kind)}
          {RefundTime ? <div className="quiet">{t.refundedAt(shownTime(RefundTime))}</div> : null}
        </>
      ),
    },
    {
      head: t.ticket,
      cell: (finding: FindingRow) => (
        <>
          <Ticket of={finding} />
          {finding.RowNum && finding.ColumnNum ? (
            <div className="quiet">{t.seat(finding.RowNum, finding.ColumnNum)}</div>
          ) : null}
        </>
      ),
    },
    { head: t.session, cell: (finding: FindingRow) => <Session of={finding} /> },
    {
      head: t.entries,
      cell: ({ Entries }: FindingRow) => (
        <>
          {Entries.map(({ RecordId, CheckTime, Account: username, Gate, OverriddenVerdict }) => (
            <div key={`${RecordId} ${CheckTime}`}>
              <RecordLink id={RecordId}>{shownSecond(CheckTime)}</RecordLink> <Account username={username} />{' '}
              <span className="quiet">{Gate}</span>
              <LetInAnyway verdict={OverriddenVerdict} />
            </div>
          ))}
        </>
      ),
    },
    { head: t.foundAt, cell: ({ FoundAt }: FindingRow) => <Since at={FoundAt} /> },
    {
      head: t.outcome,
      cell: (finding: FindingRow) => (
        <>
          {finding.Notes.map(({ Outcome, Operator: username, NotedAt }) => (
            <div key={`${NotedAt} ${Outcome}`}>
              {Outcome} <Operator username={username} /> <span className="quiet">{shownTime(NotedAt)}</span>
            </div>
          ))}
          {mayResolve ? (
            <Button size="small" onClick={() => setNoting(finding)}>
              {finding.NotedAt === null ? t.note : t.add}
            </Button>
          ) : null}
        </>
      ),
    },
  ];

  return (
    <ListScreen<FindingRow>
      title={t.title}
      about={t.about}
      fields={[
        { name: 'state', label: t.state, kind: 'choice', choices: Object.entries(t.states) },
        { name: 'kind', label: t.kind, kind: 'choice', choices: [['', t.anyKind], ...Object.entries(t.kinds)] },
      ]}
      path="/worklist"
      name="Findings"
      isLive
      columns={columns}
      rowKey={keyOf}
      none={t.none}
      noneText={t.noneText}
    >
      {noting === null ? null : (
        <ChangeDialog
          title={`${named(t.kinds, noting.Kind)} ${noting.FilmTicketCode}`}
          submit={t.note}
          path="/worklist/note"
          body={{
            Kind: noting.Kind,
            CinemaCode: noting.CinemaCode,
            FilmTicketCode: noting.FilmTicketCode,
            StartTime: noting.StartTime,
            NotedAt: noting.NotedAt,
          }}
          needsReason
          reasonLabel={t.outcome}
          close={() => setNoting(null)}
        >
          <p>{t.what}</p>
        </ChangeDialog>
      )}
    </ListScreen>
  );
}
