import { setPriority } from 'node:os';

/** As `nice` has it: such a thread gets a tenth of what another one gets that wants to run at the same time. */
const PRIORITY = 10;

/**
 * Lowers the priority of the thread that calls it, for good: for what people wait for at a desk, while guests wait for the others.
 * Linux alone gives each thread a priority of its own.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(PRIORITY);
  } catch {
    // Where a service may not do that, such threads take their turns like everything else.
  }
}
