import { setTimeout as delay } from 'node:timers/promises';
import { every, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { TerminalClock } from '../clock/terminal-clock.ts';
import { forgetRefusals } from '../journal/refusals.ts';
import type { OverridingTables } from './override-refusal.ts';

const EVERY_MS = 10 * 60_000;
/** Scans have the store for longer than a slice takes after each. */
const PAUSE_TIMES = 3;

/** Deletes what was kept of refused tickets for a supervisor's decision, once their business date has ended; the scans stay. */
export function forgetOldRefusals(
  { job, logger }: Pick<Service, 'job' | 'logger'>,
  { store, clock }: { store: Store<OverridingTables>; clock: Pick<TerminalClock, 'now'> },
): void {
  async function run(): Promise<void> {
    for (;;) {
      const startedAt = performance.now();
      const gone = await store.transaction((trx) => forgetRefusals(trx, clock.now()));
      if (gone === 0) return;
      await delay(Math.ceil(PAUSE_TIMES * (performance.now() - startedAt)));
    }
  }
  const name = 'forget refusals';
  job({ name, runs: 'in one process', start: () => every({ name, everyMs: EVERY_MS, run, logger, atOnce: true }) });
}
