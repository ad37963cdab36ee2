import type { TicketEntry } from '@ticket-check/admin/rows';
import {
  Answered,
  Downloads,
  FilterBar,
  inEachLanguage,
  ListTable,
  Nothing,
  Panel,
  ScreenPage,
  type Sold,
  SoldTicket,
  shownTime,
  TicketEntries,
  useElementName,
  useFilters,
  useJson,
  useWords,
  withQuery,
} from '@ticket-check/console';
import type { SessionRow, TicketRow } from '../../src/console-data/rows.ts';

const WORDS = inEachLanguage({
  about: [
    '按影院和营业日（最多 31 天）查看各场次的售票和入场情况；点击场次查看影票，点击影票查看入场记录。',
    'The sessions of a cinema on business dates, how many tickets were sold and entered; a session leads to its tickets, and a ticket to its entries.',
  ],
  start: ['场次时间', 'Start of the session'],
  which: ['请选择影院', 'Which cinema?'],
  whichText: ['影票按影院查询。', 'Tickets are listed for one cinema.'],
  sold: ['售票', 'Sold'],
  notSold: ['有入场记录，但没有收到该影票的售票信息。', 'A guest entered with it, but its sale was not reported.'],
  problems: {
    'no-ticket': {
      title: ['查无此票', 'No such ticket is known'],
      text: ['请核对影院编码、场次时间和电影票编码。', 'Are cinema, start and ticket code right?'],
    },
    'no-start': {
      title: ['条件不完整', 'Something is missing'],
      text: ['查询一张影票需要影院编码、场次时间和电影票编码。', 'A ticket is named by cinema, start and ticket code.'],
    },
  },
});

type One = {
  readonly Ticket: Sold | null;
  readonly Entries: readonly TicketEntry[];
  readonly HasMoreEntries: boolean;
};

export default function Tickets() {
  const t = useWords(WORDS);
  const nameOf = useElementName();
  const { of } = useFilters();
  const [cinema, start, ticket] = [of('cinema'), of('start'), of('ticket')];
  return (
    <ScreenPage about={t.about} actions={cinema === '' || ticket !== '' ? null : <Downloads />}>
      <Panel>
        <FilterBar
          fields={[
            { name: 'cinema', kind: 'pick', of: 'cinema' },
            { name: 'start', label: t.start, kind: 'choice', choices: useStarts() },
            { name: 'ticket', label: nameOf('FilmTicketCode'), kind: 'text' },
          ]}
        />
        {cinema === '' ? (
          <Nothing title={t.which} text={t.whichText} />
        ) : ticket !== '' ? (
          <OneTicket />
        ) : start !== '' ? (
          <TicketsOfSession />
        ) : (
          <Sessions />
        )}
      </Panel>
    </ScreenPage>
  );
}

/** When sessions of the chosen cinema and date start, with their films. */
function useStarts(): Readonly<Record<string, string>> {
  const { of } = useFilters();
  const [cinema, businessDate, until] = [of('cinema'), of('businessDate'), of('until')];
  const asked = withQuery('/tickets.json', { cinema, businessDate, until });
  const { data } = useJson<{ readonly Sessions: readonly SessionRow[] }>(cinema === '' ? null : asked);
  const films = Map.groupBy((cinema !== '' && data?.Sessions) || [], ({ StartTime }) => StartTime);
  return Object.fromEntries(
    [...films].map(([start, sessions]) => [
      start,
      `${shownTime(start).slice(until === '' ? 11 : 5)} ${sessions.map(({ FilmName }) => FilmName).join(' · ')}`,
    ]),
  );
}

function Sessions() {
  const t = useWords(WORDS);
  const { linkTo } = useFilters();
  const to = ({ StartTime }: SessionRow) => linkTo({ start: StartTime });
  return (
    <ListTable<SessionRow>
      name="Sessions"
      columns={[
        { head: t.start, of: 'StartTime', to },
        'FilmName',
        'ScreenName',
        { head: t.sold, of: 'Sold', to },
        { of: 'Refunded', to },
        { of: 'Entered', to },
      ]}
      rowKey={({ StartTime, ScreenCode }) => `${StartTime} ${ScreenCode}`}
      words={t}
    />
  );
}

function TicketsOfSession() {
  const t = useWords(WORDS);
  const { linkTo } = useFilters();
  return (
    <ListTable<TicketRow>
      columns={[
        { of: 'FilmTicketCode', to: ({ FilmTicketCode }) => linkTo({ ticket: FilmTicketCode }) },
        'Seat',
        'TicketType',
        'RefundTime',
        'CheckTime',
      ]}
      rowKey={({ FilmTicketCode }) => FilmTicketCode}
      words={t}
    />
  );
}

function OneTicket() {
  const t = useWords(WORDS);
  const { query } = useFilters();
  return (
    <Answered<One> path={withQuery('/tickets.json', query)} words={t.problems}>
      {({ Ticket: sold, Entries, HasMoreEntries }) => (
        <>
          {sold === null ? (
            <p>
              <strong>{t.notSold}</strong>
            </p>
          ) : (
            <SoldTicket sold={sold} />
          )}
          <TicketEntries entries={Entries} hasMore={HasMoreEntries} />
        </>
      )}
    </Answered>
  );
}
