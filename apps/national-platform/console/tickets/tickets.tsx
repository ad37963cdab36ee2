import {
  Answered,
  type Column,
  FilterBar,
  ListTable,
  Nothing,
  Panel,
  RowsTable,
  ScreenPage,
  shownCount,
  shownSecond,
  shownText,
  shownTime,
  useFilters,
  useJson,
  useWords,
  withQuery,
} from '@ticket-check/console';
import { Descriptions } from 'antd';
import { WORDS } from './words.ts';

type Session = {
  readonly StartTime: string;
  readonly ScreenCode: string;
  readonly ScreenName: string;
  readonly FilmName: string;
  readonly Sold: number;
  readonly Refunded: number;
  readonly Entered: number;
};

type Listed = {
  readonly FilmTicketCode: string;
  readonly RowNum: number;
  readonly ColumnNum: number;
  readonly TicketType: string;
  readonly RefundTime: string | null;
  readonly CheckTime: string | null;
};

type Entry = {
  readonly RecordId: string;
  readonly CheckTime: string;
  readonly ReceivedAt: string;
  readonly Username: string;
};

type One = {
  readonly Ticket:
    | {
        readonly [name in 'CinemaName' | 'ScreenName' | 'FilmName' | 'TicketType' | 'SellTime' | 'RefundTime']?: string;
      }
    | null;
  readonly Entries: readonly Entry[];
  readonly HasMoreEntries: boolean;
};

/** The tickets of a cinema: the sessions of a day, the tickets of a session, one ticket. */
export default function Tickets() {
  const t = useWords(WORDS);
  const { of } = useFilters();
  const [cinema, start, ticket] = [of('cinema'), of('start'), of('ticket')];
  return (
    <ScreenPage title={t.title}>
      <p className="quiet">{t.about}</p>
      <Panel>
        <FilterBar
          fields={[
            { name: 'cinema', label: t.cinema, kind: 'text' },
            { name: 'businessDate', label: t.date, kind: 'date' },
            { name: 'start', label: t.start, kind: 'text', hint: t.startHint },
            { name: 'ticket', label: t.ticket, kind: 'text' },
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

function useLink() {
  const { query } = useFilters();
  return (name: string, value: string) => {
    const asked = new URLSearchParams(query);
    asked.delete('after');
    asked.set(name, value);
    return `/tickets?${asked}`;
  };
}

function Sessions() {
  const t = useWords(WORDS);
  const link = useLink();
  const columns: readonly Column<Session>[] = [
    {
      head: t.start,
      cell: ({ StartTime }) => <a href={link('start', StartTime)}>{shownTime(StartTime)}</a>,
    },
    { head: t.film, cell: ({ FilmName }) => shownText(FilmName) },
    { head: t.screen, cell: ({ ScreenName, ScreenCode }) => shownText(ScreenName || ScreenCode) },
    { head: t.sold, cell: ({ Sold }) => shownCount(Sold), isNumber: true },
    { head: t.refunded, cell: ({ Refunded }) => shownCount(Refunded), isNumber: true },
    { head: t.entered, cell: ({ Entered }) => shownCount(Entered), isNumber: true },
  ];
  return (
    <ListTable<Session>
      path="/tickets.json"
      name="Sessions"
      caption={t.sessions}
      columns={columns}
      rowKey={({ StartTime, ScreenCode }) => `${StartTime} ${ScreenCode}`}
      problems={t.problems}
    />
  );
}

function TicketsOfSession() {
  const t = useWords(WORDS);
  const link = useLink();
  const columns: readonly Column<Listed>[] = [
    {
      head: t.ticket,
      cell: ({ FilmTicketCode }) => (
        <a href={link('ticket', FilmTicketCode)}>
          <code>{FilmTicketCode}</code>
        </a>
      ),
    },
    { head: t.seat, cell: ({ RowNum, ColumnNum }) => t.seatText(RowNum, ColumnNum) },
    { head: t.type, cell: ({ TicketType }) => TicketType },
    { head: t.refunded, cell: ({ RefundTime }) => shownSecond(RefundTime) },
    { head: t.entered, cell: ({ CheckTime }) => shownSecond(CheckTime) },
  ];
  return (
    <ListTable<Listed>
      path="/tickets.json"
      name="Tickets"
      caption={t.tickets}
      columns={columns}
      rowKey={({ FilmTicketCode }) => FilmTicketCode}
      problems={t.problems}
    />
  );
}

function OneTicket() {
  const t = useWords(WORDS);
  const { query } = useFilters();
  const answer = useJson<One>(withQuery('/tickets.json', query));
  const columns: readonly Column<Entry>[] = [
    { head: t.checkTime, cell: ({ CheckTime, RecordId }) => <span title={RecordId}>{shownSecond(CheckTime)}</span> },
    { head: t.platform, cell: ({ Username }) => Username },
    { head: t.received, cell: ({ ReceivedAt }) => shownSecond(ReceivedAt) },
  ];
  return (
    <Answered query={answer} words={t.problems}>
      {({ Ticket: sold, Entries, HasMoreEntries }) => (
        <>
          {sold === null ? (
            <p>
              <strong>{t.notSold}</strong>
            </p>
          ) : (
            <Descriptions
              column={{ xs: 1, md: 2 }}
              items={[
                { label: t.cinemaName, children: shownText(sold.CinemaName) },
                { label: t.film, children: shownText(sold.FilmName) },
                { label: t.screen, children: shownText(sold.ScreenName) },
                { label: t.type, children: shownText(sold.TicketType) },
                { label: t.soldAt, children: shownSecond(sold.SellTime || null) },
                { label: t.refunded, children: shownSecond(sold.RefundTime || null) },
              ]}
            />
          )}
          {Entries.length === 0 ? (
            <p className="quiet">{t.noEntries}</p>
          ) : (
            <RowsTable
              caption={t.entries}
              columns={columns}
              rows={Entries}
              rowKey={({ RecordId, CheckTime }) => `${RecordId} ${CheckTime}`}
            />
          )}
          {HasMoreEntries ? <p className="quiet">{t.more}</p> : null}
        </>
      )}
    </Answered>
  );
}
