import {
  ChangeDialog,
  type Column,
  Element,
  LetInAnyway,
  ListScreen,
  named,
  Operator,
  RecordLink,
  Since,
  Ticket,
  useElementName,
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
  const nameOf = useElementName();
  const columns: readonly Column<FindingRow>[] = [
    {
      head: nameOf('Kind'),
      cell: ({ Kind, RefundTime }) => (
        <>
          {named(t.kinds, Kind)}
          {RefundTime ? (
            <div className="quiet">
              {nameOf('RefundTime')} <Since at={RefundTime} />
            </div>
          ) : null}
        </>
      ),
    },
    {
      head: nameOf('Ticket'),
      cell: (finding) => (
        <>
          <Ticket of={finding} />
          {finding.RowNum && finding.ColumnNum ? (
            <div className="quiet">
              <Element of={finding} name="Seat" />
            </div>
          ) : null}
        </>
      ),
    },
    'Session',
    {
      head: nameOf('Entries'),
      cell: ({ Entries }) =>
        Entries.map((entry) => (
          <div key={`${entry.RecordId} ${entry.CheckTime}`}>
            <RecordLink id={entry.RecordId}>
              <Element of={entry} name="CheckTime" />
            </RecordLink>{' '}
            <Element of={entry} name="Account" /> <span className="quiet">{entry.Gate}</span>
            <LetInAnyway verdict={entry.OverriddenVerdict} />
          </div>
        )),
    },
    'FoundAt',
    {
      head: t.outcome,
      cell: (finding) => (
        <>
          {finding.Notes.map(({ Outcome, Operator: username, NotedAt }) => (
            <div key={`${NotedAt} ${Outcome}`}>
              {Outcome} <Operator username={username} /> <Since at={NotedAt} />
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
      about={t.about}
      fields={[
        { name: 'state', label: t.state, kind: 'choice', choices: t.states, always: true },
        { name: 'kind', kind: 'choice', choices: t.kinds },
      ]}
      columns={columns}
      rowKey={keyOf}
      none={t.none}
      noneText={t.noneText}
    >
      {noting === null ? null : (
        <ChangeDialog
          about={`${named(t.kinds, noting.Kind)} ${noting.FilmTicketCode}`}
          submit={t.note}
          path="/worklist/note"
          body={{
            Kind: noting.Kind,
            CinemaCode: noting.CinemaCode,
            FilmTicketCode: noting.FilmTicketCode,
            StartTime: noting.StartTime,
            NotedAt: noting.NotedAt,
          }}
          reasonLabel={t.outcome}
          close={() => setNoting(null)}
        >
          <p>{t.what}</p>
        </ChangeDialog>
      )}
    </ListScreen>
  );
}
