import { existsSync, readdirSync, readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 100;

/** Resident memory in MB, NaN where the process has ended or the system has no /proc. */
export type Memory = ReturnType<ReturnType<typeof watchMemory>>[number];

/** Looks at the resident memory of processes ten times a second until it is stopped by what it returns, which tells it in their order. */
export function watchMemory(pids: readonly number[]) {
  const figures = pids.map((pid) => ({ pid, before: residentMb(pid), peak: residentMb(pid) }));
  const timer = setInterval(() => {
    for (const figure of figures) figure.peak = Math.max(figure.peak, residentMb(figure.pid));
  }, LOOK_EVERY_MS);
  timer.unref(); // nobody stops it where the measurement fails
  return () => {
    clearInterval(timer);
    return figures.map(({ pid, before, peak }) => ({ before, peak, after: residentMb(pid) }));
  };
}

function residentMb(pid: number): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return Number.NaN;
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1]) / 1024;
}

export type Cpu = ReturnType<typeof cpuOf>;

/** Linux counts the time of a process in hundredths of a second. */
const MICROSECONDS_A_TICK = 10_000;

/** Microseconds of CPU that a process has used: in all, in its event loop, in V8's threads beside it, and in others, such as that of the database. */
export function cpuOf(pid: number) {
  const [user = 0, system = 0] = statOf(String(pid)).slice(11, 13).map(Number);
  const all = (user + system) * MICROSECONDS_A_TICK;
  const used = { eventLoop: 0, v8: 0 };
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    const name = readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8');
    if (thread === String(pid)) used.eventLoop += Number(nanoseconds) / 1000;
    else if (/^(V8|DelayedTask)/.test(name)) used.v8 += Number(nanoseconds) / 1000;
  }
  // Threads that have ended are in the whole only.
  return { all, ...used, others: all - used.eventLoop - used.v8 };
}

/** Microseconds of CPU that a process and its children have used, those that have ended included: of a PostgreSQL server. */
export function cpuWithChildren(pid: number): number {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.reduce((sum, process) => {
    const fields = statOf(process);
    if (process !== String(pid) && fields[1] !== String(pid)) return sum;
    const used = fields.slice(11, process === String(pid) ? 15 : 13).reduce((ticks, field) => ticks + Number(field), 0);
    return sum + used * MICROSECONDS_A_TICK;
  }, 0);
}

/** The fields of a process's state from its third on; none if it has ended meanwhile. */
function statOf(process: string): string[] {
  try {
    return (readFileSync(`/proc/${process}/stat`, 'utf8').split(') ').at(-1) ?? '').split(' ');
  } catch {
    return [];
  }
}
