import type { ScanWatch } from '../scan/scan-watch.ts';
import type { ScanEvent } from './screen/told.ts';

export type ScanFeed = ScanWatch & {
  /** Announces that a scanner has started to send a text. */
  reading(at: { gate: string; scanner: string }): void;
  /** Subscribes to the scans of a gate; returns the function that ends the subscription. */
  listen(gate: string, hear: (event: ScanEvent) => void): () => void;
};

/** Announces scans only after their answer, so that no verdict waits for subscribers. */
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
