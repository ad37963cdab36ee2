// What tests of several services put into this one's store.

import type { TerminalState } from '@ticket-check/protocol';

export { followingEntries } from '../check-records/follow-records.ts';
export { createServedCinemas } from '../cinemas/served-cinemas.ts';
export { createClaimStore } from '../claims/claim-store.ts';
export { recordPickUp } from '../e-tickets/pick-ups.ts';
export { claimFor } from './test-cinema.ts';

/** What a terminal with one gate tells when nothing is wrong with it. */
export const HEALTHY: TerminalState = {
  version: '0.1.0',
  uptimeSeconds: 10,
  gates: [{ name: 'gate-1', driver: 'lcus', enabled: true, error: null, outOfOrderSeconds: null }],
  scanners: [],
  unadmitted: [],
  waiting: 0,
  parked: 0,
  oldestUnsentSeconds: null,
  keysAgeSeconds: 60,
  clockOffsetMs: 0,
  clockTrusted: true,
  storesSetAside: 0,
  line: 'up',
  ending: false,
};
