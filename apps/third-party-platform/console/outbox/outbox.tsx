import type { StoppedRow } from '@ticket-check/admin/rows';
import {
  Account,
  ChangeButton,
  Cinema,
  CodeWords,
  type Column,
  JudgeAllAgain,
  ListScreen,
  ScreenLink,
  Since,
  SuspiciousAccounts,
  shownSecond,
  shownTime,
  useFilters,
  useMay,
  useWords,
} from '@ticket-check/console';
import { WORDS } from './words.ts';

const KINDS = ['parked', 'quarantined', 'overdue'] as const;

/** The records that do not go on, and why; the refused ones can be sent again. */
export default function StoppedRecords() {
  const t = useWords(WORDS);
  const mayResolve = useMay('records.resolve');
  const { of } = useFilters();
  const kind = KINDS.find((known) => known === of('kind')) ?? 'parked';
  const cinema = of('cinema');
  const columns: Column<StoppedRow>[] = [
    { head: t.checkedAt, cell: ({ CheckTime }) => shownSecond(CheckTime) },
    {
      head: t.ticket,
      cell: ({ FilmTicketCode, CinemaCode }) => (
        <>
          <code>{FilmTicketCode}</code>
          <div className="quiet">
            <Cinema code={CinemaCode} />
          </div>
        </>
      ),
    },
    { head: t.account, cell: ({ Account: username }) => (username ? <Account username={username} /> : '–') },
    {
      head: t.reason,
      cell: ({ ErrorCode, ErrorMessage }) =>
        ErrorCode === null ? t.waits : <CodeWords code={ErrorCode} said={ErrorMessage} />,
    },
    ...(kind === 'parked'
      ? [
          { head: t.parkedAt, cell: ({ ParkedAt }: StoppedRow) => <Since at={ParkedAt} /> },
          {
            head: t.next,
            cell: ({ NextAttemptAt, Attempts }: StoppedRow) => (
              <>
                {shownTime(NextAttemptAt ?? null)} <span className="quiet">{t.attempts(Attempts ?? 0)}</span>
              </>
            ),
          },
        ]
      : []),
    {
      head: t.record,
      cell: ({ RecordId }) => (
        <ScreenLink href={`/records/${RecordId}`}>
          <code>{RecordId}</code>
        </ScreenLink>
      ),
    },
  ];

  return (
    <ListScreen<StoppedRow>
      title={t.title}
      about={t.about[kind]}
      actions={
        !mayResolve ? undefined : kind === 'parked' ? (
          <Retry cinema={cinema} />
        ) : kind === 'quarantined' ? (
          <JudgeAllAgain cinema={cinema} />
        ) : undefined
      }
      fields={[
        { name: 'kind', label: t.kind, kind: 'choice', choices: Object.entries(t.kinds) },
        { name: 'cinema', kind: 'pick', of: 'cinema' },
      ]}
      hasFile
      path="/outbox"
      name="Records"
      isLive
      columns={columns}
      rowKey={({ RecordId, CheckTime }) => `${RecordId} ${CheckTime}`}
      none={t.none[kind]}
      noneText={t.noneText[kind]}
    >
      {kind === 'quarantined' ? <SuspiciousAccounts cinema={cinema} /> : null}
    </ListScreen>
  );
}

/** Has the refused records of a cinema, or of all that are the operator's, sent again. */
function Retry({ cinema }: { cinema: string }) {
  const t = useWords(WORDS);
  return (
    <ChangeButton<{ readonly Retried: number }>
      label={t.retry}
      title={t.retryTitle}
      path="/outbox/retry"
      body={{ CinemaCode: cinema === '' ? null : cinema }}
      hasPreview
      said={({ Retried }) => (Retried === 0 ? t.retryNone(cinema) : t.retried(Retried))}
    />
  );
}
