import { cinemaIn, DataRefused, type JsonRequest, type PageSet, pathWith, readPart } from '@ticket-check/admin';
import { type CheckRecordTables, loadEntriesOfTicket } from '@ticket-check/check-records';
import {
  businessDate,
  businessDay,
  type CinemaCode,
  CODE_LENGTHS,
  padCode,
  parseBusinessDate,
  parseFilmTicketCode,
  parseWallClock,
  ticketInfoJson,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { CinemaTables } from '../cinemas/names.ts';
import type { TicketLookup } from '../tickets/get-ticket-info.ts';
import type { TicketTables } from '../tickets/write-tickets.ts';
import { loadSessionTickets, loadSoldSessions } from './sold-tickets.ts';

const PATH = '/tickets';
const TICKETS_A_PART = 50;
/** A ticket mostly has one entry; these many are enough to see who made more. */
const MAX_ENTRIES = 50;

/**
 * Sold tickets: the sessions of a business date, the tickets of a session, one ticket with its entries. Scheme 6.6.3.
 */
export function ticketsPages(
  store: Store<TicketTables & CinemaTables & CheckRecordTables>,
  { lookUpTicket, now }: { lookUpTicket: TicketLookup; now: Clock },
): PageSet {
  async function list(request: JsonRequest): Promise<object> {
    const { query } = request;
    const cinemaCode = cinemaIn(request);
    if (cinemaCode === undefined) throw new DataRefused('no-cinema', 'Name the cinema: tickets are listed for one.');
    const startTime = readPart(query, 'start', parseWallClock);
    const ticket = readPart(query, 'ticket', parseTicket);
    if (startTime === undefined && ticket !== undefined) {
      throw new DataRefused('no-start', 'A ticket is named by cinema, ticket and start.');
    }
    if (startTime === undefined) return sessions(cinemaCode, query);
    if (ticket === undefined) return ofSession(cinemaCode, startTime, query);
    return one({ cinemaCode, startTime, filmTicketCode: ticket });
  }

  async function sessions(cinemaCode: CinemaCode, query: JsonRequest['query']): Promise<object> {
    const date = readPart(query, 'businessDate', parseBusinessDate) ?? businessDate(wallClockAt(now()));
    const found = await loadSoldSessions(store, [cinemaCode], businessDay(date));
    return {
      BusinessDate: date,
      Sessions: found.map(({ startTime, screenCode, screenName, filmName, sold, refunded, entered }) => ({
        StartTime: startTime,
        ScreenCode: screenCode,
        ScreenName: screenName,
        FilmName: filmName,
        Sold: sold,
        Refunded: refunded,
        Entered: entered,
      })),
      Next: null,
    };
  }

  async function ofSession(cinemaCode: CinemaCode, startTime: WallClock, query: JsonRequest['query']) {
    const after = readPart(query, 'after', parseTicket) ?? '';
    const found = await loadSessionTickets(store, { cinemaCode, startTime }, { after, limit: TICKETS_A_PART + 1 });
    const tickets = found.slice(0, TICKETS_A_PART);
    const last = found.length > TICKETS_A_PART ? tickets.at(-1)?.filmTicketCode : undefined;
    return {
      Tickets: tickets.map((row) => ({
        FilmTicketCode: row.filmTicketCode,
        ScreenCode: row.screenCode,
        RowNum: row.rowNum,
        ColumnNum: row.columnNum,
        TicketType: row.ticketType,
        RefundTime: row.refundTime,
        CheckTime: row.checkTime,
      })),
      Next: last === undefined ? null : pathWith(`${PATH}.json`, { cinema: cinemaCode, start: startTime, after: last }),
    };
  }

  async function one(ticket: Parameters<TicketLookup>[0]): Promise<object> {
    const [info, entries] = await Promise.all([
      lookUpTicket(ticket),
      loadEntriesOfTicket(store, ticket, MAX_ENTRIES + 1),
    ]);
    // A guest may have entered with a ticket whose sale was not reported.
    if (info === null && entries.length === 0) throw new DataRefused('no-ticket', 'No such ticket is known here.', 404);
    return {
      Ticket: info === null ? null : ticketInfoJson(info, 'two-decimals', { extended: true }),
      Entries: entries.slice(0, MAX_ENTRIES).map(({ record }, index) => ({
        RecordId: record.recordId,
        CheckTime: record.checkTime,
        ReceivedAt: record.receivedAt,
        Username: record.account,
        First: index === 0,
      })),
      HasMoreEntries: entries.length > MAX_ENTRIES,
    };
  }

  return {
    name: 'tickets',
    screens: [{ path: PATH, permission: 'tickets.read', label: { zh: '影票', en: 'Tickets' } }],
    json: [{ path: `${PATH}.json`, permission: 'tickets.read', handler: list }],
  };
}

/** Accepts a code without its leading zeros too. */
const parseTicket = (text: string) =>
  parseFilmTicketCode(text.length < CODE_LENGTHS.filmTicketCode ? padCode(text, CODE_LENGTHS.filmTicketCode) : text);
