import type { SignedApi } from '@ticket-check/exchange';
import { parseCinemaCode } from '@ticket-check/protocol';
import type { CinemaActivity } from './cinema-activity.ts';

/**
 * Wraps the Api so that an account whose records were accepted counts as active in the cinema. Empty reports do not count:
 * an idle platform sends them to find out whether this one was restored. Refused ones do not either: a former platform may
 * send them for ever.
 */
export function notingReports(api: SignedApi, activity: Pick<CinemaActivity, 'note'>): SignedApi {
  return {
    ...api,
    async answer(queryData, call) {
      const reply = await api.answer(queryData, call);
      const { CinemaCode, CheckTickets } = queryData;
      const isTaken =
        typeof reply === 'object' && reply !== null && 'ReportResult' in reply && reply.ReportResult === true;
      // An accepted report has a valid CinemaCode.
      if (isTaken && Array.isArray(CheckTickets) && CheckTickets.length > 0)
        activity.note(parseCinemaCode(String(CinemaCode)), call.account.username);
      return reply;
    },
  };
}
