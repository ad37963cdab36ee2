import type { RecordRow } from '@ticket-check/admin/rows';
import { inEachLanguage, useBegun, useWords } from '../begin/begun.ts';
import { ListScreen } from '../list/list-table.tsx';
import { useFilters } from '../list/use-filters.ts';
import { LetInAnyway } from '../look/code-words.tsx';
import { Element, recordStates, useElementName } from '../look/element.tsx';
import { Ticket } from '../look/names.tsx';
import { ScreenButton } from '../look/screen-link.tsx';
import { businessDateAt, dayAfter } from '../look/shown.ts';
import { JudgeAllAgain, SuspiciousAccounts } from './quarantined.tsx';

const WORDS = inEachLanguage({
  about: [
    '一个营业日（06:00 至次日 06:00）或最多 31 天的记录，最新的在前。点检票时间查看全程。',
    'The records of a business date, 06:00 to 06:00, or of up to 31, newest first. The time leads to the whole way of a record.',
  ],
  inHand: ['二维码、票号或记录编号', 'QR code, ticket number or RecordId'],
  orders: { newest: ['最新的在前', 'Newest first'], oldest: ['最早的在前', 'Oldest first'] },
  again: ['重复入场', 'entered again'],
  undone: ['已撤销', 'undone'],
  none: ['今天还没有检票记录', 'No ticket was checked today yet'],
  noneText: ['选择其他营业日可查看以前的记录。', 'Choose another business date for earlier records.'],
  yesterday: ['查看昨天', 'See yesterday'],
});

/** By which elements of a report the list is narrowed to what they count. */
export const COUNTED = {
  SENT: 'Sent',
  ENTRIES: 'Entries',
  DOUBLES: 'Doubles',
  REFUNDED: 'LateRefunds',
  INCOMPLETE: 'Incomplete',
  UNDONE: 'Undone',
  OVERRIDDEN: 'Overridden',
  OFFLINE: 'Offline',
} as const;

export default function RecordsScreen() {
  const t = useWords(WORDS);
  const nameOf = useElementName();
  const states = useWords(recordStates);
  const { of } = useFilters();
  const { checkedBy, areSentOn } = useBegun();
  // A terminal quarantines none of its own records.
  const isOfQuarantined = of('state') === 'QUARANTINED' && checkedBy !== 'gate';
  const counted = Object.entries(COUNTED).filter(([code]) => code !== 'SENT' || areSentOn);
  const state = nameOf(areSentOn ? 'State' : 'Quarantined');
  return (
    <ListScreen<RecordRow>
      words={t}
      actions={isOfQuarantined ? <JudgeAllAgain cinema={of('cinema')} /> : null}
      fields={[
        {
          ...{ name: 'state', label: state, kind: 'choice' },
          choices: areSentOn ? states : { QUARANTINED: states.QUARANTINED },
        },
        { name: 'ticket', label: t.inHand, kind: 'text' },
        { name: 'order', kind: 'choice', choices: t.orders, always: true },
        {
          name: 'counted',
          kind: 'choice',
          choices: Object.fromEntries(counted.map(([code, of]) => [code, nameOf(of)])),
        },
      ]}
      columns={[
        'CheckTime',
        {
          of: 'FilmTicketCode',
          cell: (record) => (
            <>
              <Ticket of={record} />
              {record.UndoneAt === undefined ? null : <div className="quiet">{t.undone}</div>}
              {record.First || record.Quarantined || record.UndoneAt !== undefined ? null : (
                <div className="warn">{t.again}</div>
              )}
              <LetInAnyway verdict={record.OverriddenVerdict} />
            </>
          ),
        },
        'Session',
        'Seat',
        {
          of: checkedBy === 'gate' ? 'Gate' : 'Account',
          cell: (record) => (
            <>
              {record.Account === undefined ? null : <Element of={record} name="Account" />}{' '}
              <Element of={record} name="Gate" />
              {record.Offline === true ? <div className="quiet">{nameOf('Offline')}</div> : null}
            </>
          ),
        },
        {
          head: state,
          of: 'State',
          cell: ({ State = 'DELIVERED', Quarantined }) =>
            Quarantined ? states.QUARANTINED : areSentOn ? states[State] : '–',
        },
      ]}
      rowKey={({ RecordId, CheckTime, FilmTicketCode }) => `${RecordId} ${CheckTime} ${FilmTicketCode}`}
      noneNext={
        <ScreenButton href={`/records?businessDate=${dayAfter(businessDateAt(Date.now()), -1)}`}>
          {t.yesterday}
        </ScreenButton>
      }
    >
      {isOfQuarantined ? <SuspiciousAccounts cinema={of('cinema')} /> : null}
    </ListScreen>
  );
}
