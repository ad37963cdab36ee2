import type { TerminalState } from '@ticket-check/protocol';

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
