import { type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  type ReportedDouble,
  reportTerminalStateQuery,
  reportTerminalStateReplyJson,
} from '@ticket-check/protocol';
import type { TerminalStates } from './terminal-states.ts';

/**
 * ReportTerminalState: keeps the state that a terminal reports for the account that signed, and answers with its admissions whose
 * ticket was used elsewhere too. Extension `terminal-state`; readings R7, X8.
 */
export function reportTerminalStateApi(
  states: TerminalStates,
  doublesToTell: (account: string) => Promise<readonly ReportedDouble[]>,
): SignedApi {
  return signedApi({
    name: APIS.reportTerminalState,
    role: 'platform',
    priority: 'background',
    query: reportTerminalStateQuery,
    // It is about the terminal, and no cinema.
    cinemasOf: () => [],
    async handle({ storeId, scans, ...state }, { account: { username } }) {
      const kept = states.hear(username, storeId, state, scans);
      // Read only where the state was kept: one that comes too soon costs no query.
      const doubles = kept && !state.ending ? await doublesToTell(username) : [];
      return reportTerminalStateReplyJson({ kept, doubles });
    },
  });
}
