// For the programs of threads: they start sooner, and hold less, without all else that is here.
import { setPriority } from 'node:os';

export { escapeInText } from './escape-controls.ts';
export { createLruCache } from './shared-for.ts';

/** The value of `nice`: the thread gets about a tenth of the CPU time of a normal one that competes with it. */
const PRIORITY = 10;

/** Lowers the priority of the calling thread permanently: guests wait for the others. Only Linux gives each thread one of its own. */
export function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(PRIORITY);
  } catch {
    // Without the permission, such threads compete like all others.
  }
}
