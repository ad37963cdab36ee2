import { cinemasIn, DataRefused, type JsonRequest, PageError, readPart } from '@ticket-check/admin';
import {
  type CheckRecordTables,
  onePerTicket,
  recordsUnder,
  searchRecords,
  type TicketKey,
} from '@ticket-check/check-records';
import { mayOperateFor } from '@ticket-check/operators';
import {
  businessDate,
  type CinemaCode,
  type CinemaKey,
  type FilmTicketCode,
  parseCinemaCode,
  parseWallClock,
  readTicketInHand,
  type TicketIdentity,
  ticketOfCode,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';

type TicketRequest = Pick<JsonRequest, 'query' | 'cinemaCodes'>;

/** Tickets of one number on one day are some at the most. */
const MAX_OF_A_NUMBER = 20;

/**
 * Finds the ticket that is asked about: `ticket` is whatever form of it somebody has. Several tickets can share a number: `cinema`
 * and `start` choose one, or else it is looked up among the check records of today.
 *
 * @throws DataRefused if the query names no ticket; PageError `forbidden` if the operator may not see its cinema.
 */
export async function ticketAsked(asked: TicketRequest, options: Looking): Promise<TicketIdentity> {
  const ticket = await find(asked, options);
  if (!mayOperateFor(asked, ticket.cinemaCode)) throw new PageError('forbidden');
  return ticket;
}

type Looking = {
  readonly store: Store<CheckRecordTables>;
  /** The ticket of an e-ticket's page, by the token in its link. */
  readonly ticketOfLink: (token: string) => Promise<TicketKey | null>;
  readonly keysOf: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>;
  readonly now: Clock;
};

async function find(asked: TicketRequest, options: Looking): Promise<TicketIdentity> {
  const { store, ticketOfLink, keysOf, now } = options;
  const inHand = readTicketInHand(asked.query.get('ticket') ?? '');
  switch (inHand?.kind) {
    case 'code': {
      // Before its keys are tried: whether the code is genuine is only for those who may see its cinema.
      if (!mayOperateFor(asked, inHand.cinemaCode)) throw new PageError('forbidden');
      const ticket = ticketOfCode(inHand.code, await keysOf(inHand.cinemaCode), wallClockAt(now()));
      if (ticket === null) throw new DataRefused('bad-code', 'No key of the cinema opens this code.');
      return ticket;
    }
    case 'link': {
      const ticket = await ticketOfLink(inHand.token);
      if (ticket === null) throw new DataRefused('no-ticket-found', 'There is no e-ticket of this link.', 404);
      return ticket as TicketIdentity;
    }
    case 'record': {
      const [record] = await recordsUnder(store, inHand.recordId);
      if (record === undefined) throw new DataRefused('no-ticket-found', 'There is no such check record here.', 404);
      return record;
    }
    case 'number': {
      const cinemaCode = readPart(asked.query, 'cinema', parseCinemaCode);
      const startTime = readPart(asked.query, 'start', parseWallClock);
      if (cinemaCode === undefined || startTime === undefined)
        return checkedToday(asked, inHand.filmTicketCode, options);
      return { cinemaCode, filmTicketCode: inHand.filmTicketCode, startTime };
    }
    default:
      throw new DataRefused('no-ticket', 'ticket is a code, an e-ticket, a FilmTicketCode or a RecordId.');
  }
}

/** @throws DataRefused if there is not exactly one. */
async function checkedToday(
  asked: TicketRequest,
  filmTicketCode: FilmTicketCode,
  { store, now }: Looking,
): Promise<TicketIdentity> {
  const search = { dates: [businessDate(wallClockAt(now()))], cinemas: cinemasIn(asked), filmTicketCode };
  const records = await searchRecords(store, search, { after: null, limit: MAX_OF_A_NUMBER });
  const [ticket, ...others] = onePerTicket(records);
  if (ticket !== undefined && others.length === 0) return ticket;
  throw new DataRefused('which-session', 'Name the session of this FilmTicketCode by cinema and start.', 404);
}
