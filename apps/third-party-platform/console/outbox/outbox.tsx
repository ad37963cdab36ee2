import {
  ChangeDialog,
  CodeWords,
  type Column,
  FilterBar,
  ListTable,
  Nothing,
  Panel,
  ScreenPage,
  shownSecond,
  shownText,
  shownTime,
  useFilters,
  useMay,
  useWords,
} from '@ticket-check/console';
import { Button } from 'antd';
import { useState } from 'react';
import { WORDS } from './words.ts';

/** A record as `/outbox.json` has it. */
type Stopped = {
  readonly RecordId: string;
  readonly CinemaCode: string;
  readonly FilmTicketCode: string;
  readonly CheckTime: string;
  readonly Account?: string;
  readonly ErrorCode: string;
  readonly ErrorMessage?: string;
  readonly ParkedAt?: string;
  readonly NextAttemptAt?: string;
  readonly Attempts?: number;
};

/** The records that do not go on, and why; the refused ones can be sent again. */
export default function StoppedRecords() {
  const t = useWords(WORDS);
  const mayResolve = useMay('records.resolve');
  const { of } = useFilters();
  const [isAsking, setAsking] = useState(false);
  const [retried, setRetried] = useState<number | null>(null);
  const kind = of('kind') === 'quarantined' ? 'quarantined' : 'parked';
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
      cell: ({ ErrorCode, ErrorMessage }) => <CodeWords code={ErrorCode} said={ErrorMessage} />,
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
    { head: t.record, cell: ({ RecordId }) => <code>{RecordId}</code> },
  ];

  return (
    <ScreenPage
      title={t.title}
      actions={mayResolve && kind === 'parked' ? <Button onClick={() => setAsking(true)}>{t.retry}</Button> : undefined}
    >
      <p className="quiet">{t.about[kind]}</p>
      {retried === null ? null : <output>{t.retried(retried)}</output>}
      <Panel>
        <FilterBar
          fields={[
            {
              name: 'kind',
              label: t.kind,
              kind: 'choice',
              choices: [
                { value: 'parked', label: t.kinds.parked },
                { value: 'quarantined', label: t.kinds.quarantined },
              ],
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
          empty={<Nothing title={t.none} text={t.noneText} />}
        />
      </Panel>
      {isAsking ? (
        <ChangeDialog<{ Retried: number }>
          title={t.retryTitle}
          submit={t.retry}
          path="/outbox/retry"
          body={{ CinemaCode: cinema === '' ? null : cinema }}
          done={({ Retried }) => setRetried(Retried)}
          close={() => setAsking(false)}
        >
          <p>{t.retryWhat(cinema)}</p>
        </ChangeDialog>
      ) : null}
    </ScreenPage>
  );
}
