import type { StoppedRow } from '@ticket-check/admin/rows';
import {
  ChangeButton,
  Cinema,
  CodeWords,
  type Column,
  JudgeAllAgain,
  ListScreen,
  Since,
  SuspiciousAccounts,
  Ticket,
  useElementName,
  useFilters,
  useMay,
  useWords,
} from '@ticket-check/console';
import { WORDS } from './words.ts';

const KINDS = ['parked', 'quarantined', 'overdue'] as const;

/** The records that do not go on, and why; the refused ones can be sent again. */
export default function StoppedRecords() {
  const t = useWords(WORDS);
  const nameOf = useElementName();
  const mayResolve = useMay('records.resolve');
  const { of } = useFilters();
  const kind = KINDS.find((known) => known === of('kind')) ?? 'parked';
  const cinema = of('cinema');
  const columns: Column<StoppedRow>[] = [
    'CheckTime',
    {
      head: nameOf('Ticket'),
      cell: (record) => (
        <>
          <Ticket of={record} />
          <div className="quiet">
            <Cinema code={record.CinemaCode} />
          </div>
        </>
      ),
    },
    'Account',
    {
      head: t.reason,
      cell: ({ ErrorCode, ErrorMessage }) =>
        ErrorCode === null ? t.waits : <CodeWords code={ErrorCode} said={ErrorMessage} />,
    },
    ...(kind === 'parked'
      ? [
          'ParkedAt' as const,
          {
            head: nameOf('NextAttemptAt'),
            cell: ({ NextAttemptAt, Attempts }: StoppedRow) => (
              <>
                <Since at={NextAttemptAt} /> <div className="quiet">{t.attempts(Attempts ?? 0)}</div>
              </>
            ),
          },
        ]
      : []),
    'RecordId',
  ];

  return (
    <ListScreen<StoppedRow>
      about={t.about[kind]}
      actions={
        !mayResolve ? undefined : kind === 'parked' ? (
          <Retry cinema={cinema} />
        ) : kind === 'quarantined' ? (
          <JudgeAllAgain cinema={cinema} />
        ) : undefined
      }
      fields={[{ name: 'kind', kind: 'choice', choices: t.kinds, always: true }]}
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
      path="/outbox/retry"
      body={{ CinemaCode: cinema === '' ? null : cinema }}
      said={({ Retried }) => (Retried === 0 ? t.retryNone(cinema) : t.retried(Retried))}
    />
  );
}
