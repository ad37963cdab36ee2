import {
  type Column,
  inEachLanguage,
  ListScreen,
  named,
  RecordLink,
  ScreenButton,
  Since,
  useMay,
  useSince,
  useWords,
} from '@ticket-check/console';
import { Tag } from 'antd';
import type { FindingRow } from '../../src/check-records/ticket-row.ts';
import { ticketColumns } from '../door/tickets.tsx';
import { UndoButton } from '../door/undo-button.tsx';

const WORDS = inEachLanguage({
  about: [
    '本终端放行后，上级平台才告知有问题的观众，最新得知的在前：票已退，或同一张票在别处也入过场（先后都列出）。观众已在场内，请到座位核实。',
    'Guests that this terminal admitted although, as the platform above reported later, their ticket was refunded or also used elsewhere; latest first. They are inside: look for them at their seats.',
  ],
  kind: ['情况', 'What'],
  kinds: {
    ALREADY_ENTERED: ['重复入场', 'entered twice'],
    REFUNDED: ['入场前已退票', 'refunded before the entry'],
  },
  other: ['上级平台不认可', 'not accepted above'],
  todo: {
    ALREADY_ENTERED: [
      '同一张票有两人入场。请到座位核对票根：座位上有两人时，请后入场的观众到售票处核实。',
      'Two guests went in with this ticket. Look at the tickets at the seat; if two guests claim it, send the one who came later to the box office.',
    ],
    REFUNDED: [
      '此票已退。请到座位请观众出示购票凭证，按影院规定补票或退场。',
      'The ticket was refunded. Ask the guest for proof of purchase; they pay or leave, by the rules of the cinema.',
    ],
  },
  otherTodo: [
    '上级平台没有这张票。请核对票面，并告知影院管理员。',
    'The platform above does not know the ticket. Look at it, and tell the administrator of the cinema.',
  ],
  undo: ['观众并未进场的，可撤销入场', 'If the guest did not go in, undo the entry'],
  undone: ['已撤销', 'undone'],
  nothingToDo: ['无需处理', 'there is nothing to do'],
  when: ['放行时间', 'Let in'],
  what: ['得知的情况', 'Finding'],
  told: ['得知于', 'told at'],
  before: (time: string) => [`此前 ${time} 已在别处入场`, `used elsewhere before, at ${time}`],
  after: (time: string) => [`此后 ${time} 又在别处入场`, `used elsewhere afterwards, at ${time}`],
  entries: ['查看最近入场', 'See the last entries'],
  none: ['没有需要核实的入场', 'There is no entry to look into'],
  noneText: [
    '断网时放行的观众，恢复连接后会向上级平台逐一核实；同一张票在别处也入场时，上级平台会告知。',
    'The platform above is asked about each guest admitted offline once the line is back, and reports tickets that were also used elsewhere.',
  ],
});

export default function Findings() {
  const t = useWords(WORDS);
  const since = useSince();
  const [, ticket, place] = ticketColumns<FindingRow>('ScannedAt');
  const mayUndo = useMay('entries.undo');
  const columns: readonly Column<FindingRow>[] = [
    {
      head: t.when,
      of: 'ScannedAt',
      cell: ({ RecordId, ScannedAt, Gate }) => (
        <>
          <RecordLink id={RecordId}>
            <Since at={ScannedAt} exact />
          </RecordLink>
          <div className="quiet one-line">{Gate}</div>
        </>
      ),
    },
    ticket,
    place,
    {
      head: t.what,
      of: 'LateVerdict',
      cell: ({ LateVerdict, LateNoticedAt, FirstEntry, ScannedAt }) => (
        <>
          <strong className="bad">{named(t.kinds, LateVerdict, t.other)}</strong>
          {FirstEntry === null ? null : <div>{(FirstEntry < ScannedAt ? t.before : t.after)(since(FirstEntry))}</div>}
          <div className="quiet">
            {t.told} <Since at={LateNoticedAt} />
          </div>
        </>
      ),
    },
    {
      of: 'Advice',
      cell: ({ RecordId, FilmTicketCode, LateVerdict, Undone }) =>
        Undone ? (
          <>
            <Tag>{t.undone}</Tag> <span className="quiet">{t.nothingToDo}</span>
          </>
        ) : (
          <>
            {named(t.todo, LateVerdict, t.otherTodo)}
            {mayUndo ? (
              <div>
                <UndoButton entry={{ RecordId, FilmTicketCode }} label={t.undo} />
              </div>
            ) : null}
          </>
        ),
    },
  ];
  return (
    <ListScreen<FindingRow>
      words={t}
      fields={[{ name: 'kind', label: t.kind, kind: 'choice', choices: t.kinds }]}
      columns={columns}
      rowKey={({ RecordId }) => RecordId}
      noneNext={<ScreenButton href="/entries">{t.entries}</ScreenButton>}
    />
  );
}
