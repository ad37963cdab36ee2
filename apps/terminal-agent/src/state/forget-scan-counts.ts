import { timeOfScans } from '@ticket-check/protocol';
import { every, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { TerminalClock } from '../clock/terminal-clock.ts';
import { forgetScanCounts, type ScanCountTables } from '../journal/scan-counts.ts';

const EVERY_MS = 60 * 60_000;

type Forgetting = { store: Store<ScanCountTables>; clock: Pick<TerminalClock, 'now' | 'isConfirmed'> };

/**
 * Deletes counts of scans of other times than are told, every hour. Not at the start, and not by a clock that the upstream does not
 * confirm: one that lost its battery is years behind, and what it takes for another time is what was not told yet.
 */
export function forgetOldScanCounts({ job, logger }: Pick<Service, 'job' | 'logger'>, forgetting: Forgetting): void {
  const name = 'forget scan counts';
  const run = () => forgetOtherTimes(forgetting);
  job({ name, runs: 'in one process', start: () => every({ name, everyMs: EVERY_MS, run, logger }) });
}

export async function forgetOtherTimes({ store, clock }: Forgetting): Promise<void> {
  if (clock.isConfirmed()) await forgetScanCounts(store, timeOfScans(clock.now()));
}
