import {
  ChangeDialog,
  LetInAnyway,
  ListScreen,
  named,
  shownSecond,
  shownText,
  shownTime,
  useMay,
  useWords,
} from '@ticket-check/console';
import { Button } from 'antd';
import { useState } from 'react';
import { WORDS } from './words.ts';

/** An item of `/worklist.json`. */
type Finding = {
  readonly Kind: string;
  readonly CinemaCode: string;
  readonly FilmTicketCode: string;
  readonly StartTime: string;
  readonly ScreenName?: string;
  readonly FilmName?: string;
  readonly RowNum?: number;
  readonly ColumnNum?: number;
  readonly FoundAt: string;
  readonly RefundTime?: string | null;
  readonly NotedAt: string | null;
  readonly Entries: readonly {
    readonly RecordId: string;
    readonly CheckTime: string;
    readonly Account: string;
    readonly Gate?: string;
    readonly OverriddenVerdict?: string;
  }[];
  readonly Notes: readonly { readonly Outcome: string; readonly Operator: string; readonly NotedAt: string }[];
};

const keyOf = ({ Kind, StartTime, CinemaCode, FilmTicketCode }: Finding) =>
  `${Kind} ${StartTime} ${CinemaCode} ${FilmTicketCode}`;

/** Doubles and late refunds, and the outcome of each. */
export default function Worklist() {
  const t = useWords(WORDS);
  const mayResolve = useMay('records.resolve');
  const [noting, setNoting] = useState<Finding | null>(null);
  const columns = [
    {
      head: t.kind,
      cell: ({ Kind, RefundTime }: Finding) => (
        <>
          {named(t.kinds, Kind)}
          {RefundTime ? <div className="quiet">{t.refundedAt(shownTime(RefundTime))}</div> : null}
        </>
      ),
    },
    {
      head: t.ticket,
      cell: ({ FilmTicketCode, RowNum, ColumnNum }: Finding) => (
        <>
          <code>{FilmTicketCode}</code>
          {RowNum && ColumnNum ? <div className="quiet">{t.seat(RowNum, ColumnNum)}</div> : null}
        </>
      ),
    },
    {
      head: t.session,
      cell: ({ StartTime, CinemaCode, ScreenName, FilmName }: Finding) => (
        <>
          {shownTime(StartTime)} {shownText(ScreenName)}
          <div className="quiet">
            {shownText(FilmName)} · {CinemaCode}
          </div>
        </>
      ),
    },
    {
      head: t.entries,
      cell: ({ Entries }: Finding) => (
        <>
          {Entries.map(({ RecordId, CheckTime, Account, Gate, OverriddenVerdict }) => (
            <div key={`${RecordId} ${CheckTime}`} title={RecordId}>
              {shownSecond(CheckTime)} <span className="quiet">{[Account, Gate].filter(Boolean).join(' · ')}</span>
              <LetInAnyway verdict={OverriddenVerdict} />
            </div>
          ))}
        </>
      ),
    },
    { head: t.foundAt, cell: ({ FoundAt }: Finding) => shownTime(FoundAt) },
    {
      head: t.outcome,
      cell: (finding: Finding) => (
        <>
          {finding.Notes.map(({ Outcome, Operator, NotedAt }) => (
            <div key={`${NotedAt} ${Outcome}`}>
              {Outcome} <span className="quiet">{t.by(Operator, shownTime(NotedAt))}</span>
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
    <ListScreen<Finding>
      title={t.title}
      about={t.about}
      fields={[
        { name: 'state', label: t.state, kind: 'choice', choices: Object.entries(t.states) },
        { name: 'kind', label: t.kind, kind: 'choice', choices: [['', t.anyKind], ...Object.entries(t.kinds)] },
        { name: 'cinema', label: t.cinema, kind: 'text' },
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
          problems={t.problems}
          close={() => setNoting(null)}
        >
          <p>{t.what}</p>
        </ChangeDialog>
      )}
    </ListScreen>
  );
}
