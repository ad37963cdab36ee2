import { type ErrorCode, ProtocolError } from '@ticket-check/protocol';
import type { ClaimOutcome } from './transition.ts';

/** How claims were answered since this process began. */
export type ClaimCounts = Record<ClaimOutcome['kind'], number> & {
  /** Of all answers, those given without the platform above, which said nothing in time. */
  stateUnknown: number;
  /** Released claims. */
  givenBack: number;
  /** Releases refused because another account had made the claim. */
  notHolder: number;
  /** Claims and releases that were not looked at, by the code of their refusal. */
  refused: Partial<Record<ErrorCode, number>>;
};

export function createClaimCounters(): ClaimCounts {
  return {
    claimed: 0,
    entered: 0,
    released: 0,
    refunded: 0,
    bare: 0,
    stateUnknown: 0,
    givenBack: 0,
    notHolder: 0,
    refused: {},
  };
}

/** Counts what `look` refuses. */
export async function countingRefusals<T>(counts: ClaimCounts, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof ProtocolError) counts.refused[error.code] = (counts.refused[error.code] ?? 0) + 1;
    throw error;
  }
}
