import { readFileSync } from 'node:fs';

const TICK_MS = 10;
/** What a timer is late at the best of times. */
const USUAL_MS = 10;
/** Longer than any scan takes. */
const KEPT_MS = 60_000;

/** A time in which this process did not run, in epoch milliseconds. */
interface Stall {
  from: number;
  until: number;
}

const stalls: Stall[] = [];
let last = Date.now();
setInterval(() => {
  const now = Date.now();
  if (now - last > TICK_MS + USUAL_MS) stalls.push({ from: last + TICK_MS, until: now });
  while (stalls[0] !== undefined && stalls[0].until < now - KEPT_MS) stalls.shift();
  last = now;
}, TICK_MS).unref();

/**
 * For how long this process did not run between two moments, in milliseconds: it sold tickets, or the machine ran others.
 * An answer that arrived meanwhile was seen that much later.
 */
export function stalledBetween(from: number, until: number): number {
  const now = Date.now();
  const current = { from: last + TICK_MS + USUAL_MS, until: now };
  return [...stalls, current].reduce(
    (sum, stall) => sum + Math.max(0, Math.min(until, stall.until) - Math.max(from, stall.from)),
    0,
  );
}

/**
 * For how long the main threads of these processes have been ready to run without getting a processor, in milliseconds, since each of
 * them started; 0 for one that does not run, and where the system does not tell, as only Linux does. At a door a terminal and the
 * platforms each have a machine of their own; here they share one, with other tests too.
 */
export function keptWaiting(processes: readonly (number | null)[]): number {
  return processes.map(waitedMs).reduce((sum, waited) => sum + waited, 0);
}

function waitedMs(process: number | null): number {
  try {
    const [, waitedNs] = readFileSync(`/proc/${process}/schedstat`, 'utf8').split(' ');
    return Number(waitedNs) / 1e6;
  } catch {
    return 0;
  }
}
