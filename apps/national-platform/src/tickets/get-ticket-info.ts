import { type Call, type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  errorReplyJson,
  getTicketInfoQuery,
  RECORD_ID_EXTENSION,
  SHARED_CINEMA_EXTENSION,
  sharedCinemaJson,
  type TicketIdentity,
  ticketInfoJson,
} from '@ticket-check/protocol';
import type { CinemaActivity } from '../cinemas/cinema-activity.ts';
import type { TicketLookup } from './ticket-lookup.ts';

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
    if (call.extended(SHARED_CINEMA_EXTENSION)) return (await activity.noteAndAsk(cinemaCode, username)).shared;
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
      const extended = call.extended(RECORD_ID_EXTENSION);
      return ticketInfoJson({ ...ticket, sharedCinema }, 'two-decimals', { extended });
    },
  });
}
