import type { CinemaCode, RecordId, WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { applyEvents, type OnTicket } from './apply-events.ts';
import { OPEN_CLAIM_COLUMNS, type OpenClaim } from './claim-store.ts';
import type { KnownTables } from './known-entries.ts';
import type { ReleaseEvent } from './transition.ts';

/** Which open claims a supervisor means. */
export type OpenClaimsOf =
  | { readonly recordId: string }
  | { readonly username: string; readonly cinemaCode: CinemaCode | null };

export type SupervisorReleases = {
  /** Claims without a check record, oldest first. */
  find(which: OpenClaimsOf): Promise<OpenClaim[]>;
  /**
   * Releases claims of any account, at most `MAX_PER_OPERATION`. Answers which were released, as they were; the others were
   * released or reported as entries meanwhile. Run as an operation, which keeps for good who did it and why.
   */
  release(claims: readonly OpenClaim[], at: WallClock): Promise<OpenClaim[]>;
};

/** On SQLite guests' claims wait for the transaction: with this many some tens of milliseconds. */
export const MAX_PER_OPERATION = 500;

/** What a supervisor may do with claims whose terminals are gone. Reading C8. */
export function createSupervisorReleases(store: Store<KnownTables>): SupervisorReleases {
  return {
    find(which) {
      const open = store.db
        .selectFrom('ticketClaim')
        .select(OPEN_CLAIM_COLUMNS)
        .where('recorded', '=', sql.lit(0))
        .orderBy('claimedAt')
        .orderBy('recordId');
      if ('recordId' in which) return open.where('recordId', '=', which.recordId).execute();
      const { username, cinemaCode } = which;
      const ofAccount = open.where('account', '=', username);
      return (cinemaCode === null ? ofAccount : ofAccount.where('cinemaCode', '=', cinemaCode)).execute();
    },
    release: (claims, at) =>
      store.transaction(async (db) => {
        const events = claims.map(
          (claim): OnTicket<ReleaseEvent> => ({
            ticket: claim,
            event: {
              kind: 'release',
              recordId: claim.recordId as RecordId,
              account: null,
              uncertain: true,
              releasedAt: at,
              withoutClaim: 'keep',
            },
          }),
        );
        const answers = await applyEvents({ db, store }, events);
        return claims.filter((_, index) => answers[index] === 'released');
      }),
  };
}
