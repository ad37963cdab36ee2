import type { ClaimOutcome } from './transition.ts';

/** How claims were answered since this process began. */
export type ClaimCounts = Record<ClaimOutcome['kind'], number> & {
  /** Of all answers, those given without the platform above, which said nothing in time. */
  stateUnknown: number;
  /** Claims that were given back. */
  givenBack: number;
  /** Releases refused because another account had made the claim. */
  notHolder: number;
};

export function countClaims(): ClaimCounts {
  return { claimed: 0, entered: 0, released: 0, refunded: 0, stateUnknown: 0, givenBack: 0, notHolder: 0 };
}
