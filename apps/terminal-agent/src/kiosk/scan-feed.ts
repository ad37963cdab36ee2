import type { ScanWatch } from '../scan/scan-watch.ts';
import type { ScanEvent } from './screen/told.ts';

export type ScanFeed = ScanWatch & {
  /** Tells that a scanner has begun to send something, which becomes a scan. */
  reading(at: { gate: string; scanner: string }): void;
  /** Tells of the scans of a gate from now on; answers what ends it. */
  listen(gate: string, hear: (event: ScanEvent) => void): () => void;
};

/** Tells of scans once they have been answered: whoever waits for a verdict does not wait for those who watch. */
export function createScanFeed(): ScanFeed {
  const hearers = new Map<string, Set<(event: ScanEvent) => void>>();

  function tell(gate: string, event: ScanEvent): void {
    const listeners = hearers.get(gate);
    if (listeners === undefined) return;
    setImmediate(() => {
      for (const hear of listeners) hear(event);
    });
  }

  return {
    reading: ({ gate, scanner }) => tell(gate, { scanner, what: 'reading' }),
    began({ gate, scanner }) {
      tell(gate, { scanner, what: 'checking' });
      return (answer) =>
        tell(gate, answer === null ? { scanner, what: 'failed' } : { scanner, what: 'answered', answer });
    },
    listen(gate, hear) {
      const listeners = hearers.get(gate) ?? new Set();
      hearers.set(gate, listeners);
      listeners.add(hear);
      return () => {
        listeners.delete(hear);
        if (listeners.size === 0) hearers.delete(gate);
      };
    },
  };
}
