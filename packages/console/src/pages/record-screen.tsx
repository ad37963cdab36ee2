import type { EntryOfTicket, WholeRecord } from '@ticket-check/admin/rows';
import { Grid, Timeline } from 'antd';
import { Fragment } from 'react';
import { useParams } from 'wouter';
import { inEachLanguage, named, useBegun, useLanguage, useWords } from '../begin/begun.ts';
import { TablePanel } from '../list/list-table.tsx';
import { CodeWords, LetInAnyway, verdictWords } from '../look/code-words.tsx';
import { Element, useElementName } from '../look/element.tsx';
import { Facts } from '../look/facts.tsx';
import { Operator } from '../look/names.tsx';
import { Since } from '../look/since.tsx';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { Answered } from '../states/states.tsx';

const WORDS = inEachLanguage({
  title: ['一条检票记录', 'A check record'],
  way: ['全程', 'Its way'],
  steps: {
    SCANNED: ['扫码', 'Scanned'],
    OVERRIDDEN: ['曾被拒绝，值班经理人工放行', 'Had been refused, let in by a supervisor'],
    DECIDED: ['判定', 'Decided'],
    OPENED: ['开闸', 'Opened'],
    CHECKED: ['检票', 'Checked'],
    STORED: ['入库', 'Stored here'],
    SENT: ['发往上级', 'Sent upstream'],
    WAITING: ['待报送上级', 'Waits to be sent'],
    REFUSED: ['上级拒收', 'Refused upstream'],
    ACCEPTED: ['上级已接收', 'Accepted upstream'],
    QUARANTINED: ['已隔离，不计为入场', 'Quarantined: it is no entry'],
    TOLD_LATER: ['事后得知', 'Told later'],
    UNDONE: ['已撤销，观众未入场', 'Undone: the guest did not go in'],
  },
  stepsAtPlatform: {
    DECIDED: ['终端判定并入库', 'Decided and stored at the terminal'],
    FORWARDER_RECEIVED: ['检票平台收到', 'Received by the platform'],
    STORED: ['本平台收到并入库', 'Received and stored here'],
  },
  timeUnknown: ['时间不详', 'at a time that is not known'],
  times: (attempts: number) => [`共 ${attempts} 次`, `attempts: ${attempts}`],
  refusals: (count: number) => [`此前被拒收 ${count} 次`, `refusals before: ${count}`],
  next: (attempts: number) => [`已尝试 ${attempts} 次，下次`, `${attempts} attempts, the next at`],
  undoneUpstream: {
    DELIVERED: ['上级平台已收到撤销', 'the platform above knows'],
    WAITING: [
      '上级平台尚未收到撤销，仍计为入场；不支持撤销的平台不会收到',
      'the platform above does not know yet, and counts an entry; one that knows no undone records never does',
    ],
    REFUSED: ['上级平台拒收撤销，仍计为入场', 'the platform above refused it, and counts an entry'],
  },
  entries: ['同一张票的入场', 'Entries with this ticket'],
  first: ['首次入场', 'first entry'],
  again: ['重复入场', 'entered again'],
  isThis: ['本记录', 'this record'],
  groups: {
    ticket: ['影票', 'Ticket'],
    session: ['场次', 'Session'],
    check: ['检票', 'Check'],
    delivery: ['报送', 'On its way upstream'],
    rest: ['其他内容', 'What else it holds'],
  },
  problems: {
    'no-record': {
      title: ['没有这条检票记录', 'There is no such check record'],
      text: [
        '编号可能有误，或记录已超过保存期限，或属于其他影院。',
        'The id may be wrong, the record older than what is kept, or of another cinema.',
      ],
    },
  },
});

/** What a record holds, by what people ask about; `rest` is all that no other group has. */
const GROUPS = {
  ticket: ['FilmTicketCode', 'TicketType', 'Seat', 'Price', 'Service', 'First', 'UndoneAt'],
  session: ['CinemaCode', 'ScreenName', 'FilmName', 'StartTime', 'SessionCode'],
  check: [
    ...(['CheckTime', 'Account', 'Gate', 'Offline', 'Confirmed', 'DecidedAt', 'OpenedAt'] as const),
    ...(['OverriddenVerdict', 'Overrides'] as const),
  ],
  delivery: ['State', 'ReceivedAt', 'SentAt', 'DeliveredAt', 'Refusals', 'ParkedAt', 'NextAttemptAt', 'RefusalCode'],
  rest: [],
} as const;
const WITHIN = ['RowNum', 'ColumnNum', 'ScreenCode', 'FilmCode', 'Way', 'EntriesOfTicket', 'UndoneUpstream'];
const GROUPED: ReadonlySet<string> = new Set([...Object.values(GROUPS).flat(), ...WITHIN]);

export default function RecordScreen() {
  const t = useWords(WORDS);
  const { recordId = '' } = useParams();
  return (
    <ScreenPage title={t.title}>
      <Answered<{ readonly Records: readonly WholeRecord[] }>
        path={`/record.json?${new URLSearchParams({ id: recordId })}`}
        words={t.problems}
      >
        {({ Records }) =>
          Records.map((record) => <OneRecord key={`${record.CheckTime} ${record.FilmTicketCode}`} record={record} />)
        }
      </Answered>
    </ScreenPage>
  );
}

function OneRecord({ record }: { record: WholeRecord }) {
  const t = useWords(WORDS);
  const { checkedBy } = useBegun();
  const { xl: isWide = false } = Grid.useBreakpoint();
  const holds = (name: string) => name in record || (name === 'Seat' && 'RowNum' in record);
  return (
    <>
      <Panel title={t.way}>
        <Timeline
          className="way"
          orientation={isWide ? 'horizontal' : 'vertical'}
          items={record.Way.map((step) => ({ key: step.Step, content: <Step step={step} /> }))}
        />
      </Panel>
      {record.EntriesOfTicket.length > 1 ? (
        <TablePanel<EntryOfTicket>
          title={t.entries}
          rows={record.EntriesOfTicket}
          rowKey={({ RecordId, CheckTime }) => `${RecordId} ${CheckTime}`}
          columns={[
            'CheckTime',
            ...(checkedBy === 'gate' ? [] : (['Account'] as const)),
            'Gate',
            {
              head: '',
              cell: ({ First, IsThis, OverriddenVerdict }) => (
                <>
                  {[First ? t.first : t.again, ...(IsThis ? [t.isThis] : [])].join(' · ')}
                  <LetInAnyway verdict={OverriddenVerdict} />
                </>
              ),
            },
          ]}
        />
      ) : null}
      {Object.entries(GROUPS).map(([group, names]) => {
        const shown = group === 'rest' ? Object.keys(record).filter((name) => !GROUPED.has(name)) : names.filter(holds);
        return shown.length === 0 ? null : (
          <Panel key={group} title={named(t.groups, group)}>
            <Facts of={record} show={shown} />
          </Panel>
        );
      })}
    </>
  );
}

/** A step of the way of a record, with when it was and what is known of it. */
function Step({ step }: { step: WholeRecord['Way'][number] }) {
  const t = useWords(WORDS);
  const nameOf = useElementName();
  const language = useLanguage();
  const { checkedBy } = useBegun();
  const steps = checkedBy === 'gate' ? t.steps : { ...t.steps, ...t.stepsAtPlatform };
  const instead = step.Step === 'ACCEPTED' ? t.timeUnknown : step.Step === 'SENT' ? t.times(step.Attempts ?? 0) : '';
  const known = [
    step.Account && <Element of={step} name="Account" />,
    step.Gate,
    step.Offline && nameOf('Offline'),
    step.Verdict && verdictWords(step.Verdict, language),
    step.Operator && <Operator username={step.Operator} />,
    step.Reason && <Element of={step} name="Reason" />,
    step.Refusals && t.refusals(step.Refusals),
    step.Upstream && t.undoneUpstream[step.Upstream],
  ].filter(Boolean);
  return (
    <>
      <strong>{named(steps, step.Step)}</strong> <Since at={step.At} exact never={instead} />{' '}
      <span className="quiet">
        {known.map((one, place) => (
          <Fragment key={`${place}`}>
            {place === 0 ? '' : ' · '}
            {one}
          </Fragment>
        ))}
      </span>
      {step.ErrorCode ? <CodeWords code={step.ErrorCode} said={step.Message} /> : null}
      {step.NextAttemptAt ? (
        <div className="quiet">
          {t.next(step.Attempts ?? 0)} <Since at={step.NextAttemptAt} />
        </div>
      ) : null}
    </>
  );
}
