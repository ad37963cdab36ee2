import type { ClaimName } from './search-open-claims.ts';

/** Where the console shows an open claim and releases it. */
export const RELEASE_PATH = '/claims/release';

/** The address of that page for a claim, below the console. */
export function releasePath({ cinemaCode, filmTicketCode, startTime, recordId }: ClaimName): string {
  const named = { cinema: cinemaCode, ticket: filmTicketCode, start: startTime, record: recordId };
  return `${RELEASE_PATH}?${new URLSearchParams(named)}`;
}
