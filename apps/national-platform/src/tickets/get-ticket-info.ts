import {
  haveSameTicket,
  type RecordStore,
  TICKET_COLUMNS,
  type TicketKey,
  ticketText,
} from '@ticket-check/check-records';
import { type Call, type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  errorReplyJson,
  getTicketInfoQuery,
  sharedCinemaJson,
  type TicketIdentity,
  type TicketInfo,
  ticketInfoJson,
} from '@ticket-check/protocol';
import { lookUp, queryOverRows, type Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import type { CinemaActivity } from '../cinemas/cinema-activity.ts';
import type { CinemaTables } from '../cinemas/names.ts';
import type { TicketTables } from './write-tickets.ts';

/**
 * GetTicketInfo: a ticket as sold, whether it was checked and whether it was refunded. Answers TICKET_NOT_FOUND for an
 * unknown ticket. Extended callers also learn its first entry, and whether another account works in the cinema.
 * Scheme 6.6.3; readings C2, E9, E11, X1.
 */
export function getTicketInfoApi({
  lookUpTicket,
  activity,
}: {
  lookUpTicket: TicketLookup;
  activity: CinemaActivity;
}): SignedApi {
  async function isShared({ cinemaCode }: TicketIdentity, call: Call): Promise<boolean> {
    const { username } = call.account;
    if (call.extended('shared-cinema')) return (await activity.noteAndAsk(cinemaCode, username)).shared;
    activity.note(cinemaCode, username);
    return false;
  }

  return signedApi<TicketIdentity>({
    name: APIS.getTicketInfo,
    role: 'platform',
    priority: 'question',
    query: getTicketInfoQuery,
    cinemasOf: ({ cinemaCode }) => [cinemaCode],
    async handle(asked, call) {
      const [ticket, sharedCinema] = await Promise.all([lookUpTicket(asked), isShared(asked, call)]);
      if (ticket === null) {
        return { ...errorReplyJson('TICKET_NOT_FOUND', 'No such ticket was sold.'), ...sharedCinemaJson(sharedCinema) };
      }
      const extended = call.extended('record-id');
      return ticketInfoJson({ ...ticket, sharedCinema }, 'two-decimals', { extended });
    },
  });
}

/** Finds a sold ticket; null if it was not imported. */
export type TicketLookup = (ticket: TicketIdentity) => Promise<TicketInfo | null>;

/**
 * Looks up a ticket as sold, whether it was refunded, and its first entry among the check records that count. Names come from
 * the imported names, or else from the ticket itself. Calls in one turn of the event loop share a query.
 * Scheme 6.6.3.4; reading R7.
 */
export function createTicketLookup(
  store: Store<TicketTables & CinemaTables>,
  recordStore: Pick<RecordStore, 'entriesOf'>,
): TicketLookup {
  const sold = lookUp(store, soldTickets, ticketText, { windowMs: store.engine === 'postgres' ? 1 : 0 });
  return async (asked) => {
    const [[row], [entry]] = await Promise.all([sold(asked), recordStore.entriesOf([asked])]);
    if (row === undefined) return null;
    const ticket = { ...row, refundStatus: row.refundTime === null ? ('No' as const) : ('Yes' as const) };
    if (!entry) return { ...ticket, checkStatus: 'No' };
    return { ...ticket, checkStatus: 'Yes', entry: { checkTime: entry.checkTime, recordId: entry.recordId } };
  };
}

type SoldRow = Omit<TicketInfo, 'checkStatus' | 'entry' | 'refundStatus'>;

/** The imported name, or else that of the ticket. */
const named = (what: 'cinema' | 'screen' | 'film', its: RawBuilder<unknown>) => {
  const name = sql.ref(`${what}Name`);
  return sql<string>`coalesce((select ${name} from ${sql.table(what)} where ${its}), ${sql.ref(`ticket.${what}Name`)})`;
};

const soldTickets = queryOverRows<TicketTables & CinemaTables, TicketKey, SoldRow>(TICKET_COLUMNS, ({ db }, given) =>
  db
    .selectFrom(given.as('given'))
    .innerJoin('ticket', (join) => join.on(haveSameTicket('ticket', 'given')))
    .select(['ticket.startTime', 'ticket.cinemaCode', 'ticket.filmTicketCode', 'ticket.sessionCode'])
    .select(['ticket.screenCode', 'ticket.filmCode', 'ticket.ticketType', 'ticket.sellTime'])
    .select(['ticket.rowNum', 'ticket.columnNum', 'ticket.price', 'ticket.service'])
    // Not joined: PostgreSQL plans a join of all in twice the time, which is most of what the statement costs.
    .select([
      sql<string | null>`(select refund_time from refund where ${haveSameTicket('refund', 'given')})`.as('refundTime'),
      named('cinema', sql`cinema_code = given.cinema_code`).as('cinemaName'),
      named('screen', sql`cinema_code = given.cinema_code and screen_code = ticket.screen_code`).as('screenName'),
      named('film', sql`film_code = ticket.film_code`).as('filmName'),
    ])
    // Rows are written only from parsed tickets, so their values are valid.
    .$castTo<SoldRow>(),
);
