import type { VerdictJson } from './scan-result.ts';

/** Observes scans at a gate. */
export type ScanWatch = {
  /** A scan is under way. Answers what is to be called with its answer, or with `null` where it came to none. Neither may throw. */
  began(scan: { gate: string; scanner: string | null }): (answer: VerdictJson | null) => void;
};
