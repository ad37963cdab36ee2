import {
  haveSameTicket,
  type RecordStore,
  TICKET_COLUMNS,
  type TicketKey,
  ticketText,
} from '@ticket-check/check-records';
import type { TicketIdentity, TicketInfo } from '@ticket-check/protocol';
import { coalesce, queryOverRows, type Store } from '@ticket-check/storage';
import type { CinemaTables } from '../cinemas/cinema-tables.ts';
import type { TicketTables } from './ticket-tables.ts';

/** Finds a sold ticket; null if it was not imported. */
export type TicketLookup = (ticket: TicketIdentity) => Promise<TicketInfo | null>;

type StoredTicket = Omit<TicketInfo, 'checkStatus' | 'entry'>;

/**
 * Looks up a ticket as sold, whether it was refunded, and its first entry among the check records that count. Names come from
 * the imported names, or else from the ticket itself. Calls in one turn of the event loop share a query.
 * Scheme 6.6.3.4; reading R7.
 */
export function createTicketLookup(
  store: Store<TicketTables & CinemaTables>,
  recordStore: Pick<RecordStore, 'entriesOf'>,
): TicketLookup {
  const loadTicket = coalesce<TicketIdentity, StoredTicket | null>((tickets) => loadTickets(store, tickets));
  return async (asked) => {
    const [ticket, [entry]] = await Promise.all([loadTicket(asked), recordStore.entriesOf([asked])]);
    if (ticket === null) return null;
    if (!entry) return { ...ticket, checkStatus: 'No' };
    return { ...ticket, checkStatus: 'Yes', entry: { checkTime: entry.checkTime, recordId: entry.recordId } };
  };
}

async function loadTickets(
  store: Store<TicketTables & CinemaTables>,
  asked: readonly TicketIdentity[],
): Promise<(StoredTicket | null)[]> {
  const rows = await soldTickets.find(store, [
    ...new Map(asked.map((ticket) => [ticketText(ticket), ticket])).values(),
  ]);
  const found = new Map(
    rows.map((row): [string, StoredTicket] => [
      ticketText(row),
      { ...row, refundStatus: row.refundTime === null ? 'No' : 'Yes' },
    ]),
  );
  return asked.map((ticket) => found.get(ticketText(ticket)) ?? null);
}

type SoldRow = Omit<StoredTicket, 'refundStatus'>;

const soldTickets = queryOverRows<TicketTables & CinemaTables, TicketKey, keyof TicketKey, SoldRow>(
  TICKET_COLUMNS,
  ({ db }, given) =>
    db
      .selectFrom(given.as('given'))
      .innerJoin('ticket', (join) => join.on(haveSameTicket('ticket', 'given')))
      .leftJoin('refund', (join) => join.on(haveSameTicket('refund', 'ticket')))
      .leftJoin('cinema', 'cinema.cinemaCode', 'ticket.cinemaCode')
      .leftJoin('screen', (join) =>
        join.onRef('screen.cinemaCode', '=', 'ticket.cinemaCode').onRef('screen.screenCode', '=', 'ticket.screenCode'),
      )
      .leftJoin('film', 'film.filmCode', 'ticket.filmCode')
      .select(['ticket.startTime', 'ticket.cinemaCode', 'ticket.filmTicketCode', 'ticket.sessionCode'])
      .select(['ticket.screenCode', 'ticket.filmCode', 'ticket.ticketType', 'ticket.sellTime'])
      .select(['ticket.rowNum', 'ticket.columnNum', 'ticket.price', 'ticket.service'])
      .select((eb) => [
        'refund.refundTime',
        eb.fn.coalesce('cinema.cinemaName', 'ticket.cinemaName').as('cinemaName'),
        eb.fn.coalesce('screen.screenName', 'ticket.screenName').as('screenName'),
        eb.fn.coalesce('film.filmName', 'ticket.filmName').as('filmName'),
      ])
      // Rows are written only from parsed tickets, so their values are valid.
      .$castTo<SoldRow>(),
);
