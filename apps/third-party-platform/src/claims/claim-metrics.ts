import { type ErrorCode, ProtocolError } from '@ticket-check/protocol';
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

/** How claims were answered since this process began. */
export type ClaimCounts = {
  readonly outcomes: Record<ClaimOutcome['kind'], number>;
  /** Of all answers, those given without the platform above, which said nothing in time. */
  stateUnknown: number;
  /** Released claims. */
  givenBack: number;
  /** Releases refused because another account had made the claim. */
  notHolder: number;
  /** Claims and releases that were not looked at, by the code of their refusal. */
  readonly refused: Partial<Record<ErrorCode, number>>;
};

export function createClaimCounts(): ClaimCounts {
  const outcomes = { claimed: 0, entered: 0, refunded: 0, released: 0, bare: 0 };
  return { outcomes, stateUnknown: 0, givenBack: 0, notHolder: 0, refused: {} };
}

/** Counts what `look` refuses. */
export async function countingRefusals<T>({ refused }: ClaimCounts, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof ProtocolError) refused[error.code] = (refused[error.code] ?? 0) + 1;
    throw error;
  }
}

type Watched = { counts: ClaimCounts; store: Store<ClaimTables>; alarmed: AlarmedAccounts; now: Clock };

/** Adds how claims were answered, and how many wait for their record, to a registry. Readings C2, C8. */
export function claimMetrics(registry: Registry, { counts, store, alarmed, now }: Watched): void {
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
    () => counts.refused as Record<string, number>,
  );
  measuredGauge(
    registry,
    'claims_alarmed_accounts',
    'Accounts with more claims without a check record than OPEN_CLAIMS_ALARM',
    async () => (await alarmed()).length,
  );
  measuredGauge(
    registry,
    'claims_overdue',
    'Claims whose check record has been missing for more than an hour',
    async () => (await countOpenClaims(store.db, { claimedUntil: longOpenSince(now) })).count,
  );
}

const MAX_NAMED = 20;

/** What `GET /health` shows of claims: those whose records are missing, and how claims were answered since the start. */
export function claimsCheck({ counts, store, alarmed, now }: Watched): HealthCheck {
  return {
    name: 'claims',
    async run() {
      const { outcomes, ...others } = counts;
      return {
        ok: true,
        // An admission that was never reported, or none at all.
        overdue: (await countOpenClaims(store.db, { claimedUntil: longOpenSince(now) })).count,
        alarmed: (await alarmed()).slice(0, MAX_NAMED),
        sinceStart: { ...outcomes, ...others },
      };
    },
  };
}

/** Accounts over the limit of claims whose check records have not come in time, the most first. */
export type AlarmedAccounts = () => Promise<{ readonly username: string; readonly open: number }[]>;

/** Claims without a record lock guests out: an account that leaves many has gone wrong, or means harm. Reading C8. */
export function createAlarmedAccounts(store: Store<ClaimTables>, max: number, now: Clock): AlarmedAccounts {
  return () => openClaimsByAccount(store, missingSince(now), max);
}
