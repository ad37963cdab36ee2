import type { SignedApi } from '@ticket-check/exchange';
import { parseCinemaCode } from '@ticket-check/protocol';
import type { CinemaActivity } from './cinema-activity.ts';

/** The same Api, which notes each account whose report was taken as active in the cinema that it reported from. */
export function notingReports(api: SignedApi, activity: Pick<CinemaActivity, 'note'>): SignedApi {
  return {
    ...api,
    async answer(queryData, call) {
      const reply = await api.answer(queryData, call);
      // What was answered had a CinemaCode in form.
      activity.note(parseCinemaCode(String(queryData.CinemaCode)), call.account.username);
      return reply;
    },
  };
}
