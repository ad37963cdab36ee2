import type { RecordRow } from '@ticket-check/admin/rows';
import { Link } from 'wouter';
import { inEachLanguage, named, useBegun, useMay, useWords } from '../begin/begun.ts';
import { JudgeAllAgain } from '../change/judge-again.tsx';
import { type Column, ListScreen } from '../list/list-table.tsx';
import { useFilters } from '../list/use-filters.ts';
import { LetInAnyway } from '../look/code-words.tsx';
import { Account, Session, Ticket } from '../look/names.tsx';
import { ScreenButton } from '../look/screen-link.tsx';
import { businessDateAt, dayAfter, shownSecond, shownText } from '../look/shown.ts';
import { RECORD_WORDS } from './record-words.ts';
import { SuspiciousAccounts } from './suspicious-accounts.tsx';

const WORDS = inEachLanguage({
  title: ['检票记录', 'Check records'],
  about: [
    '一个营业日（06:00 至次日 06:00）的记录，最新的在前。点检票时间查看全程。',
    'The records of a business date, 06:00 to 06:00, newest first. The time leads to the whole way of a record.',
  ],
  date: ['营业日', 'Business date'],
  inHand: ['二维码、票号或记录编号', 'QR code, ticket number or RecordId'],
  anyState: ['全部', 'all'],
  again: ['重复入场', 'entered again'],
  undone: ['已撤销', 'undone'],
  none: ['今天还没有检票记录', 'No ticket was checked today yet'],
  noneText: ['选择其他营业日可查看以前的记录。', 'Choose another business date for earlier records.'],
  yesterday: ['查看昨天', 'See yesterday'],
});

/** The check records of a business date. */
export default function RecordsScreen() {
  const t = useWords(WORDS);
  const r = useWords(RECORD_WORDS);
  const { query, of } = useFilters();
  const mayResolve = useMay('records.resolve');
  // Only the first page of today's list is live: a search has no index and is a scan each time, and past days do not change.
  const isFollowed = [...new URLSearchParams(query).keys()].every((name) => name === 'cinema');
  const { checkedBy, areSentOn } = useBegun();
  const states = areSentOn ? ['DELIVERED', 'WAITING', 'PARKED', 'QUARANTINED'] : ['QUARANTINED'];
  // A terminal quarantines none of its own records.
  const isOfQuarantined = of('state') === 'QUARANTINED' && checkedBy !== 'gate';
  const state = areSentOn ? r.columns.state : r.columns.quarantined;
  const columns: Column<RecordRow>[] = [
    {
      head: r.columns.checkedAt,
      cell: ({ RecordId, CheckTime }) => <Link href={`/records/${RecordId}`}>{shownSecond(CheckTime)}</Link>,
    },
    {
      head: r.columns.ticket,
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
    { head: r.columns.session, cell: (record) => <Session of={record} /> },
    { head: r.columns.seat, cell: ({ RowNum, ColumnNum }) => (RowNum && ColumnNum ? r.seat(RowNum, ColumnNum) : '–') },
    {
      head: r.checkedBy[checkedBy],
      cell: ({ Account: username, Gate, Offline }) => (
        <>
          {username === undefined ? shownText(Gate) : <Account username={username} />}
          {username === undefined || Gate === undefined ? null : <div className="quiet">{Gate}</div>}
          {Offline === true ? <div className="quiet">{r.columns.offline}</div> : null}
        </>
      ),
    },
    {
      head: state,
      cell: ({ State, Quarantined }) => named(r.states, Quarantined ? 'QUARANTINED' : (State ?? '–')),
    },
  ];
  return (
    <ListScreen<RecordRow>
      title={t.title}
      about={t.about}
      actions={isOfQuarantined && mayResolve ? <JudgeAllAgain cinema={of('cinema')} /> : null}
      fields={[
        { name: 'businessDate', label: t.date, kind: 'date' },
        {
          name: 'state',
          label: state,
          kind: 'choice',
          choices: [['', t.anyState], ...states.map((state) => [state, named(r.states, state)] as const)],
        },
        { name: 'ticket', label: t.inHand, kind: 'text' },
      ]}
      hasFile
      path="/records"
      name="Records"
      isLive={isFollowed}
      columns={columns}
      rowKey={({ RecordId, CheckTime, FilmTicketCode }) => `${RecordId} ${CheckTime} ${FilmTicketCode}`}
      none={t.none}
      noneText={t.noneText}
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
