import { ProtocolError } from '@ticket-check/protocol';
import {
  type Clock,
  countedTotal,
  countedTotalBy,
  type HealthCheck,
  measuredGauge,
  type Registry,
} from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { ClaimTables } from './claim-tables.ts';
import { countOpenClaims, longOpenSince, missingSince, openClaimsByAccount } from './open-claims.ts';
import type { ClaimOutcome } from './transition.ts';

export type ClaimCounts = ReturnType<typeof createClaimCounts>;

export const createClaimCounts = () => ({
  outcomes: { claimed: 0, entered: 0, refunded: 0, released: 0, bare: 0 } satisfies Record<
    ClaimOutcome['kind'],
    number
  >,
  /** Of all answers, those given without the platform above, which said nothing in time. */
  stateUnknown: 0,
  /** Claims and releases that were not looked at, by the code of their refusal. */
  refused: {} as Record<string, number>,
});

export async function countingRefusals<T>({ refused }: ClaimCounts, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof ProtocolError) refused[error.code] = (refused[error.code] ?? 0) + 1;
    throw error;
  }
}

type Watched = { store: Store<ClaimTables>; maxOpen: number; now: Clock };

/** Claims whose check record has been missing for an hour: an admission that was never reported, or none at all. */
const countOverdue = async ({ store, now }: Watched) =>
  (await countOpenClaims(store.db, { claimedUntil: longOpenSince(now) })).count;

/**
 * Accounts that leave `maxOpen` claims or more without their check records, the most first. Such claims lock guests out: the
 * account has gone wrong, or means harm. Reading C8.
 */
export const alarmedAccounts = ({ store, maxOpen, now }: Watched) =>
  openClaimsByAccount(store, missingSince(now), maxOpen);

/** Adds how claims were answered, and how many wait for their record, to a registry. Readings C2, C8. */
export function claimMetrics(registry: Registry, counts: ClaimCounts, watched: Watched): void {
  countedTotalBy(
    registry,
    'claims_total',
    'Answers to ClaimTicket; entered: another record holds the ticket, released: the claim was released before, bare: the ticket’s e-ticket was not shown',
    'outcome',
    () => counts.outcomes,
  );
  countedTotal(
    registry,
    'claims_state_unknown_total',
    'Of these, answers given without the national platform, which said nothing in time',
    () => counts.stateUnknown,
  );
  countedTotalBy(
    registry,
    'claims_refused_total',
    'Claims and releases refused unread, by code; OVERLOADED: CLAIMS_PER_MINUTE is spent, or no time to try their keys',
    'code',
    () => counts.refused,
  );
  measuredGauge(
    registry,
    'claims_alarmed_accounts',
    'Accounts with more claims without a check record than OPEN_CLAIMS_ALARM',
    async () => (await alarmedAccounts(watched)).length,
  );
  measuredGauge(registry, 'claims_overdue', 'Claims whose check record has been missing for more than an hour', () =>
    countOverdue(watched),
  );
}

const MAX_NAMED = 20;

export const claimsCheck = (watched: Watched): HealthCheck => ({
  name: 'claims',
  run: async () => ({
    ok: true,
    overdue: await countOverdue(watched),
    alarmed: (await alarmedAccounts(watched)).slice(0, MAX_NAMED),
  }),
});
