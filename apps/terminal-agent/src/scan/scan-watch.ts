import type { VerdictJson } from './scan-result.ts';

/** Observes scans at a gate. */
export type ScanWatch = {
  /** Called when a scan starts; the returned function is called with its answer, or `null` if there is none. Neither may throw. */
  began(scan: { gate: string; scanner: string | null }): (answer: VerdictJson | null) => void;
};
