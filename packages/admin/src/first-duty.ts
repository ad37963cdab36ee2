import type { Operator, Role } from '@ticket-check/operators';

/** Returns the page of what an operator has to do before anything else; null if there is nothing. */
export type FirstDuty = (operator: Operator) => '/password' | '/account/second-factor' | null;

/** Passwords that others issued are changed first; then whose role needs a second factor sets one up. */
export function createFirstDuty(secondFactorRoles: readonly Role[]): FirstDuty {
  return ({ oneTimeUntil, role, hasSecondFactor }) => {
    if (oneTimeUntil !== null) return '/password';
    return secondFactorRoles.includes(role) && !hasSecondFactor ? '/account/second-factor' : null;
  };
}
