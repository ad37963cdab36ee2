// What tests of several services put into this one's store.

export { followingEntries } from '../check-records/follow-records.ts';
export { createServedCinemas } from '../cinemas/served-cinemas.ts';
export { createClaimStore } from '../claims/claim-store.ts';
export { recordPickUp } from '../e-tickets/pick-ups.ts';
export { claimFor } from './test-cinema.ts';
