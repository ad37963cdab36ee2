import { existsSync, readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 100;

/** Resident memory in MB, NaN where the process has ended or the system has no /proc. */
export interface Memory {
  before: number;
  peak: number;
  after: number;
}

/** Looks at the resident memory of processes ten times a second until it is stopped, which answers it in their order. */
export function watchMemory(pids: readonly number[]): { stop(): Memory[] } {
  const figures = pids.map((pid) => ({ pid, before: residentMb(pid), peak: residentMb(pid) }));
  const timer = setInterval(() => {
    for (const figure of figures) figure.peak = Math.max(figure.peak, residentMb(figure.pid));
  }, LOOK_EVERY_MS);
  timer.unref(); // nobody stops it where the measurement fails
  return {
    stop() {
      clearInterval(timer);
      return figures.map(({ pid, before, peak }) => ({ before, peak, after: residentMb(pid) }));
    },
  };
}

function residentMb(pid: number): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return Number.NaN;
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1]) / 1024;
}
