import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const TICK_MS = 10;
/** What a timer is late at the best of times. */
const USUAL_MS = 10;
/** Longer than any scan takes. */
const KEPT_MS = 60_000;

/** When this process did not run, in epoch milliseconds. */
const stalls: { from: number; until: number }[] = [];
let last = Date.now();
setInterval(() => {
  const now = Date.now();
  if (now - last > TICK_MS + USUAL_MS) stalls.push({ from: last + TICK_MS, until: now });
  while (stalls[0] !== undefined && stalls[0].until < now - KEPT_MS) stalls.shift();
  last = now;
}, TICK_MS).unref();

/** For how many milliseconds this process did not run between two moments: an answer that arrived meanwhile was seen that much later. */
export function stalledBetween(from: number, until: number): number {
  const now = Date.now();
  const current = { from: last + TICK_MS + USUAL_MS, until: now };
  const within = [...stalls, current].map((stall) => Math.min(until, stall.until) - Math.max(from, stall.from));
  return within.reduce((sum, ms) => sum + Math.max(0, ms), 0);
}

/** For how long the main thread of each process has been ready to run without getting a processor, in milliseconds since it started. */
export type Waits = ReadonlyMap<number, number>;

let isAlone = false;

/** Says that nothing else runs on this machine: from now on whatever services wait for is time that a guest waited. */
export function nothingRunsBeside(): void {
  isAlone = true;
}

/** The waits of processes so far, as only Linux tells them: at a door each service has a machine of its own, here they share one with other tests. */
export function keptWaiting(processes: readonly (number | null)[]): Waits {
  if (isAlone) return new Map();
  return new Map(processes.filter((process) => process !== null).map((process) => [process, waitedMs(process)]));
}

/** The longest that any one of these processes waited between two looks, in milliseconds: they wait at the same time. A new one begins at 0. */
export const longestWait = (before: Waits, after: Waits): number =>
  Math.max(0, ...[...after].map(([process, waited]) => waited - (before.get(process) ?? 0)));

function waitedMs(process: number): number {
  try {
    const [, waitedNs] = readFileSync(`/proc/${process}/schedstat`, 'utf8').split(' ');
    return Number(waitedNs) / 1e6;
  } catch {
    return 0;
  }
}

const MB = 1024 * 1024;

/** What a service may take of memory, whatever is done to it. */
export const MAX_MEMORY_MB = 450;

export function memoryMbOf(process: number | null): number {
  const file = `/proc/${process}/status`;
  if (!existsSync(file)) return 0;
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) / 1024;
}

export const diskMbOf = (directory: string): number =>
  readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0) / MB;
