import { type SignedApi, signedApi } from '@ticket-check/exchange';
import { APIS, reportTerminalStateQuery, reportTerminalStateReplyJson } from '@ticket-check/protocol';
import type { TerminalStates } from './terminal-states.ts';

/** ReportTerminalState: a terminal tells how it is. It is kept for the account that signed. Extension `terminal-state`; reading X8. */
export function reportTerminalStateApi(states: TerminalStates): SignedApi {
  return signedApi({
    name: APIS.reportTerminalState,
    role: 'platform',
    priority: 'background',
    query: reportTerminalStateQuery,
    // It is about the terminal, and no cinema.
    cinemasOf: () => [],
    async handle({ storeId, ...state }, { account: { username } }) {
      return reportTerminalStateReplyJson(states.hear(username, storeId, state));
    },
  });
}
