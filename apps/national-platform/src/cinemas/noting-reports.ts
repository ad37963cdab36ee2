import type { SignedApi } from '@ticket-check/exchange/service';
import { parseCinemaCode } from '@ticket-check/protocol';
import type { CinemaActivity } from './cinema-activity.ts';

/**
 * The same Api, which notes each account whose records were taken as active in the cinema that it reported from. A report of
 * nothing is how a platform at rest looks whether this one was restored, and a former one sends what is refused for ever.
 */
export function notingReports(api: SignedApi, activity: Pick<CinemaActivity, 'note'>): SignedApi {
  return {
    ...api,
    async answer(queryData, call) {
      const reply = await api.answer(queryData, call);
      const { CinemaCode, CheckTickets } = queryData;
      const isTaken =
        typeof reply === 'object' && reply !== null && 'ReportResult' in reply && reply.ReportResult === true;
      // What was answered had a CinemaCode in form.
      if (isTaken && Array.isArray(CheckTickets) && CheckTickets.length > 0)
        activity.note(parseCinemaCode(String(CinemaCode)), call.account.username);
      return reply;
    },
  };
}
