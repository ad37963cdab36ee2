import type { StoppedRow } from '@ticket-check/admin/rows';
import {
  ChangeButton,
  Cinema,
  CodeWords,
  type Column,
  inEachLanguage,
  JudgeAllAgain,
  ListScreen,
  ScreenButton,
  Since,
  SuspiciousAccounts,
  Ticket,
  useFilters,
  useWords,
} from '@ticket-check/console';

const WORDS = inEachLanguage({
  about: {
    parked: [
      '国家平台拒收的记录：到“下次重试”时自动重新报送。原因排除后，可以让它们立即重试。',
      'Records that the national platform refused. They are sent again automatically at their next attempt; once the reason is gone, send them at once.',
    ],
    quarantined: [
      '与影票码不符或无法验证的记录：保存在此，不计入场，不报送。对应的公钥到达后会自动重新判断，也可以在这里要求重新判断。',
      'Records that their code contradicts, or that no key opens. They are kept, do not count as entries and are not sent. They are judged again when a key arrives, or here on request.',
    ],
    overdue: [
      '超过报送时限国家平台仍未接收的记录，最早检票的在前。线路恢复或停滞解除后自动补报；被拒收的见“上级拒收”。',
      'Records that the national platform has not accepted by their deadline, oldest check first. They are sent automatically once the line is back; what it refused is under Refused.',
    ],
  },
  kinds: {
    parked: ['上级拒收', 'Refused'],
    quarantined: ['隔离', 'Quarantined'],
    overdue: ['超过时限', 'Past the deadline'],
  },
  waits: ['等待报送', 'waits to be sent'],
  reason: ['原因', 'Reason'],
  attempts: (count: number) => [`已尝试 ${count} 次`, `attempts: ${count}`],
  retry: ['立即重试', 'Send again now'],
  retried: (count: number) => [`已安排重新报送 ${count} 条记录。`, `Records that are sent again: ${count}.`],
  seeWaiting: ['查看待报送的记录', 'See records that wait to be sent'],
  none: {
    parked: ['没有被拒收的记录', 'No record is refused'],
    quarantined: ['没有被隔离的记录', 'No record is quarantined'],
    overdue: ['没有超过时限的记录', 'No record is past its deadline'],
  },
});

const KINDS = ['parked', 'quarantined', 'overdue'] as const;

export default function StoppedRecords() {
  const t = useWords(WORDS);
  const { of } = useFilters();
  const kind = KINDS.find((known) => known === of('kind')) ?? 'parked';
  const cinema = of('cinema');
  const columns: Column<StoppedRow>[] = [
    'CheckTime',
    {
      of: 'Ticket',
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
      of: 'ErrorCode',
      cell: ({ ErrorCode, ErrorMessage }) =>
        ErrorCode === null ? t.waits : <CodeWords code={ErrorCode} said={ErrorMessage} />,
    },
  ];
  if (kind === 'parked')
    columns.push('ParkedAt', {
      of: 'NextAttemptAt',
      cell: ({ NextAttemptAt, Attempts }) => (
        <>
          <Since at={NextAttemptAt} /> <div className="quiet">{t.attempts(Attempts ?? 0)}</div>
        </>
      ),
    });
  columns.push('RecordId');

  return (
    <ListScreen<StoppedRow>
      words={{ about: t.about[kind], none: t.none[kind] }}
      actions={
        kind === 'parked' ? (
          <ChangeButton<{ readonly Retried: number }>
            label={t.retry}
            path="/outbox/retry"
            body={{ CinemaCode: cinema === '' ? null : cinema }}
            said={({ Retried }) => t.retried(Retried)}
          />
        ) : kind === 'quarantined' ? (
          <JudgeAllAgain cinema={cinema} />
        ) : null
      }
      fields={[{ name: 'kind', kind: 'choice', choices: t.kinds, always: true }]}
      columns={columns}
      noneNext={<ScreenButton href="/records?state=WAITING">{t.seeWaiting}</ScreenButton>}
      rowKey={({ RecordId, CheckTime }) => `${RecordId} ${CheckTime}`}
    >
      {kind === 'quarantined' ? <SuspiciousAccounts cinema={cinema} /> : null}
    </ListScreen>
  );
}
