import {
  Answered,
  ChangeDialog,
  CodeWords,
  type Column,
  FilterBar,
  JudgeAllAgain,
  JudgeRecordAgain,
  ListTable,
  Nothing,
  Panel,
  ScreenLink,
  ScreenPage,
  shownSecond,
  shownText,
  shownTime,
  useFilters,
  useJson,
  useMay,
  useMayJudgeAgain,
  useWords,
  withQuery,
} from '@ticket-check/console';
import { Button } from 'antd';
import { useState } from 'react';
import { WORDS } from './words.ts';

/** An item of `/outbox.json`. */
type Stopped = {
  readonly RecordId: string;
  readonly CinemaCode: string;
  readonly FilmTicketCode: string;
  readonly CheckTime: string;
  readonly Account?: string;
  /** `null`: it waits to be sent. */
  readonly ErrorCode: string | null;
  readonly ErrorMessage?: string;
  readonly ParkedAt?: string;
  readonly NextAttemptAt?: string;
  readonly Attempts?: number;
};

const KINDS = ['parked', 'quarantined', 'overdue'] as const;

/** The records that do not go on, and why; the refused ones can be sent again. */
export default function StoppedRecords() {
  const t = useWords(WORDS);
  const mayResolve = useMay('records.resolve');
  const { of } = useFilters();
  const [isAsking, setAsking] = useState(false);
  const mayJudgeAgain = useMayJudgeAgain();
  const [said, setSaid] = useState('');
  const kind = KINDS.find((known) => known === of('kind')) ?? 'parked';
  const cinema = of('cinema');
  const columns: Column<Stopped>[] = [
    { head: t.checkedAt, cell: ({ CheckTime }) => shownSecond(CheckTime) },
    {
      head: t.ticket,
      cell: ({ FilmTicketCode, CinemaCode }) => (
        <>
          <code>{FilmTicketCode}</code>
          <div className="quiet">{CinemaCode}</div>
        </>
      ),
    },
    { head: t.account, cell: ({ Account }) => shownText(Account) },
    {
      head: t.reason,
      cell: ({ ErrorCode, ErrorMessage }) =>
        ErrorCode === null ? t.waits : <CodeWords code={ErrorCode} said={ErrorMessage} />,
    },
    ...(kind === 'parked'
      ? [
          { head: t.parkedAt, cell: ({ ParkedAt }: Stopped) => shownTime(ParkedAt ?? null) },
          {
            head: t.next,
            cell: ({ NextAttemptAt, Attempts }: Stopped) => (
              <>
                {shownTime(NextAttemptAt ?? null)} <span className="quiet">{t.attempts(Attempts ?? 0)}</span>
              </>
            ),
          },
        ]
      : []),
    {
      head: t.record,
      cell: ({ RecordId, ErrorCode }) => (
        <>
          <ScreenLink href={`/records/${RecordId}`}>
            <code>{RecordId}</code>
          </ScreenLink>
          {kind === 'quarantined' && mayJudgeAgain(ErrorCode) ? (
            <div>
              <JudgeRecordAgain recordId={RecordId} say={setSaid} isSmall />
            </div>
          ) : null}
        </>
      ),
    },
  ];

  return (
    <ScreenPage
      title={t.title}
      actions={
        !mayResolve ? undefined : kind === 'parked' ? (
          <Button onClick={() => setAsking(true)}>{t.retry}</Button>
        ) : kind === 'quarantined' ? (
          <JudgeAllAgain cinema={cinema} say={setSaid} />
        ) : undefined
      }
    >
      <p className="quiet">{t.about[kind]}</p>
      {said === '' ? null : <output>{said}</output>}
      <Panel>
        <FilterBar
          fields={[
            {
              name: 'kind',
              label: t.kind,
              kind: 'choice',
              choices: KINDS.map((value) => ({ value, label: t.kinds[value] })),
            },
            { name: 'cinema', label: t.cinema, kind: 'text' },
          ]}
        />
        <ListTable<Stopped>
          path="/outbox.json"
          name="Records"
          live="outbox"
          caption={t.caption}
          columns={columns}
          rowKey={({ RecordId, CheckTime }) => `${RecordId} ${CheckTime}`}
          empty={<Nothing title={t.none[kind]} text={t.noneText[kind]} />}
        />
      </Panel>
      {isAsking ? <RetryDialog cinema={cinema} say={setSaid} close={() => setAsking(false)} /> : null}
    </ScreenPage>
  );
}

function RetryDialog({ cinema, say, close }: { cinema: string; say(text: string): void; close(): void }) {
  const t = useWords(WORDS);
  const asked = new URLSearchParams(cinema === '' ? {} : { cinema });
  const counts = useJson<{ readonly Parked: number }>(withQuery('/outbox/counts.json', `${asked}`));
  return (
    <ChangeDialog<{ Retried: number }>
      title={t.retryTitle}
      submit={t.retry}
      path="/outbox/retry"
      body={{ CinemaCode: cinema === '' ? null : cinema }}
      isIdle={counts.data?.Parked === 0}
      done={({ Retried }) => say(t.retried(Retried))}
      close={close}
    >
      <Answered query={counts}>
        {({ Parked }) => <p>{Parked === 0 ? t.retryNone(cinema) : t.retryWhat(cinema, Parked)}</p>}
      </Answered>
    </ChangeDialog>
  );
}
