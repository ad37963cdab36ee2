import type { WallClock } from '@ticket-check/protocol';
import { every, type Service } from '@ticket-check/runtime';
import type { ScanStore } from './scan-store.ts';

const EVERY_MS = 2_000;

/**
 * Ends, once the agent listens, scans that a crash left open and whose ticket another scan admitted. Reading C8.
 */
export function refuseSupersededScans(
  service: Service,
  options: {
    scans: Pick<ScanStore, 'refuseSuperseded'>;
    /** The clock that scans use. */
    now: () => WallClock;
    /** Called when claims were queued for release. */
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
