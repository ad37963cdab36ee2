import type { WallClock } from '@ticket-check/protocol';
import { every, type Service } from '@ticket-check/runtime';
import type { ScanStore } from './scan-store.ts';

const EVERY_MS = 2_000;

/**
 * Ends, from when the agent listens, the scans that a crash left open and that another one of their ticket has overtaken.
 * Reading C8.
 */
export function refuseSupersededScans(
  service: Service,
  options: {
    scans: Pick<ScanStore, 'refuseSuperseded'>;
    /** The time that scans count by. */
    now: () => WallClock;
    /** Called when claims are to be given back. */
    wakeReleases: () => void;
  },
): void {
  const { scans, now, wakeReleases } = options;
  service.job({
    name: 'superseded scans',
    runs: 'in one process',
    start: () =>
      every({
        name: 'superseded-scans',
        everyMs: EVERY_MS,
        atOnce: true,
        logger: service.logger,
        async run() {
          if ((await scans.refuseSuperseded(now())) > 0) wakeReleases();
        },
      }),
  });
}
