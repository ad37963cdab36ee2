import { every, type Service } from '@ticket-check/runtime';
import { purgeInSlices, type Store } from '@ticket-check/storage';
import type { TerminalClock } from '../clock/terminal-clock.ts';
import { forgetRefusals } from '../journal/refusals.ts';
import type { OverridingTables } from './override-refusal.ts';

const EVERY_MS = 10 * 60_000;
/** Rows per slice: a few milliseconds of work. */
const SLICE = 200;

/** Deletes the kept records of refused tickets once their business date has ended; the scans stay. */
export function forgetOldRefusals(
  { job, logger }: Pick<Service, 'job' | 'logger'>,
  { store, clock }: { store: Store<OverridingTables>; clock: Pick<TerminalClock, 'now'> },
): void {
  const forgetSlice = (size: number) => store.transaction((trx) => forgetRefusals(trx, clock.now(), size));
  const run = (stopping: AbortSignal) => purgeInSlices(SLICE, forgetSlice, stopping);
  const name = 'forget refusals';
  job({ name, runs: 'in one process', start: () => every({ name, everyMs: EVERY_MS, run, logger, atOnce: true }) });
}
